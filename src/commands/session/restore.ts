import { BaseCommand } from '../../cli/base/base-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { dryRunFlag } from '../../cli/input/flags.ts';
import { parseNumberId } from '../../domain/list/number-id.ts';
import { type RestoreReport, restoreSessions } from '../../domain/revocation/restore.ts';
import { UNDO_PERIOD } from '../../model/revocation.ts';
import { renderRestored } from '../../views/session/restore.ts';

export default class SessionRestore extends BaseCommand {
  static override changes = true;
  static override summary = `Undo a revocation, within ${UNDO_PERIOD}.`;
  static override description =
    'Lets those back in whom nothing else keeps out, in one short transaction, however many they are, and says of each session that stays dead why: it has expired since, its user is not active, another revocation keeps it out, or it was deleted. A revocation made with --compromised cannot be undone. Does not ask: it undoes, and can be undone by revoking again.';
  static override examples = BaseCommand.toExamples({
    'Undo the revocation with this number': 'tomo session restore 17',
    'Who would come back, and who not': 'tomo session restore 17 --dry-run',
  });
  static override args = {
    revocation: requiredArgument('Number of the revocation, as the revoke command printed it.'),
  };
  static override flags = { 'dry-run': dryRunFlag('what would be restored') };

  async run(): Promise<RestoreReport> {
    const { args, flags } = await this.parse(SessionRestore);
    const revocation = parseNumberId(args.revocation, 'revocation');
    return this.withDatabase(flags, async (db) => {
      const report = await restoreSessions(db, revocation, this.actor, { dryRun: flags['dry-run'] });
      await this.print(renderRestored(report, this.look));
      return report;
    });
  }
}
