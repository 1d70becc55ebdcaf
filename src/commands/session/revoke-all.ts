import { confirm, requireTerminal } from '../../cli/ask/confirm.ts';
import { BaseCommand } from '../../cli/base/base-command.ts';
import { keepFlag, revokeFlags } from '../../cli/input/flags.ts';
import { checkExpectation, type Preview, previewRevocation } from '../../domain/revocation/revoke.ts';
import { type RevokeAllReport, revokeEverybody } from '../../domain/revocation/revoke-epoch.ts';
import { renderAllRevoked, renderPreview, undoHint } from '../../views/session/revoke.ts';

export default class SessionRevokeAll extends BaseCommand {
  static override changes = true;
  static override summary = 'Revoke all sessions of everybody, including yours.';
  static override description =
    'One short transaction, after which nobody who was in is in, however many they are; a login that starts after it is not hit. On a terminal it asks for the name of the database; without one it needs --yes.';
  static override examples = BaseCommand.toExamples({
    'Log everybody out': 'tomo session revoke-all',
    'Everybody but this session': 'tomo session revoke-all --keep 3f2a9c41',
    'In a script': 'tomo session revoke-all --reason "restored from backup" --yes',
  });
  static override flags = { ...revokeFlags, keep: keepFlag };

  async run(): Promise<RevokeAllReport | (Preview & { dryRun: true })> {
    const { flags } = await this.parse(SessionRevokeAll);
    if (!flags.yes && !flags['dry-run']) requireTerminal(this.terminal);
    return this.withDatabase(flags, async (db) => {
      const preview =
        flags['dry-run'] || !flags.yes
          ? await previewRevocation(db, { state: 'active' }, { keep: flags.keep, own: this.operator?.sessionId })
          : null;
      if (preview && flags['dry-run']) {
        checkExpectation(preview.sessions, flags.expect ?? null);
        await this.print(renderPreview(preview, this.look));
        return { ...preview, dryRun: true };
      }
      if (preview) {
        const yourself = preview.includesOwn || !this.operator ? 'everybody, including yourself' : 'everybody else';
        const question = `Log out ${yourself}?`;
        const heading = `In ${db.name} (${db.location}): ${renderPreview(preview, this.look)}`;
        await confirm(this.terminal, question, { yes: flags.yes, typed: db.name, heading });
      }
      const note = { actor: this.actor, reason: flags.reason ?? null, compromised: flags.compromised };
      const options = { keep: flags.keep ?? [], expect: flags.expect ?? null };
      const report = await revokeEverybody(db, note, options);
      await this.print(renderAllRevoked(report));
      this.hint(undoHint([report.revocation], flags.compromised));
      return report;
    });
  }
}
