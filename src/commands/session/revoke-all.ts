import { requireTerminal } from '../../cli/ask/confirm.ts';
import { type Late, RevokeCommand } from '../../cli/base/revoke-command.ts';
import { keepFlag, revokeFlags } from '../../cli/input/flags.ts';
import type { Preview } from '../../domain/revocation/revoke.ts';
import { type RevokeAllReport, revokeEverybody } from '../../domain/revocation/revoke-epoch.ts';
import { TomoError } from '../../model/errors.ts';
import { ROW_BY_ROW, renderAllRevoked, renderPreview, silentWords } from '../../views/session/revoke.ts';

export default class SessionRevokeAll extends RevokeCommand {
  static override changes = 'ends-all' as const;
  static override adopted = true;
  static override summary = 'Revoke all sessions of everybody, including yours.';
  static override description =
    'One short transaction, after which nobody who was in is in, however many they are; a login that starts after it is not hit. On a terminal it asks for the name of the database, or of the context; without one it needs --yes. On the tables of another server it goes row by row, in batches.';
  static override examples = RevokeCommand.toExamples({
    'Log everybody out': 'tomo session revoke-all',
    'Everybody but this session': 'tomo session revoke-all --keep 3f2a9c41',
    'In a script': 'tomo session revoke-all --reason "restored from backup" --yes',
  });
  static override flags = { ...revokeFlags, keep: keepFlag };

  async run(): Promise<(RevokeAllReport & Late) | (Preview & { dryRun: true })> {
    const { flags } = await this.parse(SessionRevokeAll);
    if (!flags.yes && !flags['dry-run']) requireTerminal(this.terminal);
    return this.withDatabase(flags, async (db) => {
      const preview = await this.preview(db, { state: 'active' }, flags).catch((error) => this.uncounted(error, flags));
      if (preview && 'dryRun' in preview && preview.dryRun) return preview;
      if (preview) {
        const counted = !(preview instanceof TomoError);
        const yourself =
          !counted || preview.includesOwn || !this.operator ? 'everybody, including yourself' : 'everybody else';
        const heading = [
          counted ? renderPreview(preview, this.look) : preview.message,
          ...(db.sessions.server.isTomo ? [] : [ROW_BY_ROW]),
          ...this.undoBefore(db, flags.compromised),
        ].join('\n');
        await this.confirm(`Log out ${yourself}${flags.compromised ? ', for good' : ''}?`, {
          yes: flags.yes,
          typed: db.name,
          heading,
        });
      }
      const options = { keep: flags.keep ?? [], expect: flags.expect ?? null };
      const report = await revokeEverybody(db, this.noteOf(flags), options);
      await this.print(renderAllRevoked(report));
      if (report.silent) this.caution(silentWords(report.silent));
      return { ...report, ...this.tellAfter(db, [report.revocation], flags, report) };
    });
  }

  /** What it does needs no server that is down; to count does. */
  private uncounted(error: unknown, flags: { 'dry-run': boolean }): TomoError {
    if (!flags['dry-run'] && error instanceof TomoError && error.reason === 'node-lost') return error;
    throw error;
  }
}
