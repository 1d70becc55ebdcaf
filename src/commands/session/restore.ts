import { BaseCommand, type Database } from '../../cli/base/base-command.ts';
import { canAsk } from '../../cli/base/terminal.ts';
import { argument } from '../../cli/input/arguments.ts';
import { dryRunFlag, switchFlag } from '../../cli/input/flags.ts';
import { parseNumberId } from '../../domain/list/number-id.ts';
import { checkRestorable } from '../../domain/revocation/restorable.ts';
import { lastRevocation, type RestoreReport, restoreSessions } from '../../domain/revocation/restore.ts';
import { invalidInput } from '../../model/errors.ts';
import { UNDO_PERIOD } from '../../model/revocation.ts';
import { lastWords, renderRestored } from '../../views/session/restore.ts';

export default class SessionRestore extends BaseCommand {
  static override changes = true;
  static override adopted = true;
  static override summary = `Undo a revocation, within ${UNDO_PERIOD}.`;
  static override description =
    'Lets those back in whom nothing else keeps out, in one short transaction, however many they are, and says of each session that stays dead why: it has expired since, its user is not active, another revocation keeps it out, or it was deleted. Where nobody would come back, now or when others are restored, nothing is changed (exit 6), and it can be tried again. A revocation made with --compromised cannot be undone. A number is not asked about: it undoes, and can be undone by revoking again. --last is, on a terminal.';
  static override examples = BaseCommand.toExamples({
    'Undo the revocation with this number': 'tomo session restore 17',
    'Who would come back, and who not': 'tomo session restore 17 --dry-run',
    'The latest one that was made by you': 'tomo session restore --last',
  });
  static override args = { revocation: argument('Number of the revocation, as the revoke command printed it.') };
  static override flags = {
    last: switchFlag('Instead of a number: the latest revocation by you (see its WHO) that is not restored.'),
    'dry-run': dryRunFlag('what would be restored'),
    yes: switchFlag('Do not ask. Without a terminal nothing is asked.', 'y'),
  };

  async run(): Promise<RestoreReport> {
    const { args, flags } = await this.parse(SessionRestore);
    if ((args.revocation === undefined) !== flags.last) {
      throw invalidInput('Give the number of a revocation, or --last.', 'To look: tomo revocation list --restorable');
    }
    const given = args.revocation === undefined ? null : parseNumberId(args.revocation, 'revocation');
    return this.withDatabase(flags, async (db) => {
      const revocation = given ?? (await this.#last(db, flags));
      const report = await restoreSessions(db, revocation, this.actor, { dryRun: flags['dry-run'] });
      await this.print(renderRestored(report, this.look));
      if (!report.restored && !report.dryRun) this.exitWith(6);
      return report;
    });
  }

  /** Says which one it is, and asks where there is somebody to answer. */
  async #last(db: Database, flags: { 'dry-run': boolean; yes: boolean }): Promise<number> {
    const revocation = await lastRevocation(db, this.actor);
    const which = lastWords(revocation, this.look);
    const asked = canAsk(this.terminal) && !flags.yes && !flags['dry-run'];
    if (asked) checkRestorable(revocation);
    if (asked) await this.confirm('Restore it?', { yes: false, heading: which });
    else this.hint(which);
    return revocation.id;
  }
}
