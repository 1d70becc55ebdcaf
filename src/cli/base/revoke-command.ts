import type { InferredFlags } from '@oclif/core/interfaces';
import { canUndo } from '../../domain/revocation/restore-adopted.ts';
import {
  type CameBack,
  checkExpectation,
  countRestorable,
  type Preview,
  previewRevocation,
  type RevocationNote,
  type RevokeByFilterReport,
  revokeByFilter,
} from '../../domain/revocation/revoke.ts';
import { confineIds, isConfined } from '../../domain/user/operator.ts';
import type { SessionFilter } from '../../model/session.ts';
import {
  bulkQuestion,
  cameBackWords,
  noUndoWords,
  renderBulkRevoked,
  renderPreview,
  restorableWords,
  stillInWords,
  undoHint,
} from '../../views/session/revoke.ts';
import type { revokeFlags } from '../input/flags.ts';
import type { ConnectionFlags, Database } from './base-command.ts';
import { LongCommand } from './long-command.ts';

/** What may accept a revoked session for longer; missing: nothing does. */
export interface Late {
  late?: string;
}

/** What a filter has selected and ended, or would. */
export type RevokedByFilter = (RevokeByFilterReport & Late) | (Preview & { dryRun: true });

export type RevokeFlags = InferredFlags<typeof revokeFlags>;

/**
 * A command that ends sessions. No static of its own: oclif's manifest would then not look for those of BaseCommand.
 */
export abstract class RevokeCommand extends LongCommand {
  protected noteOf({ reason, compromised }: RevokeFlags): RevocationNote {
    return { actor: this.actor, reason: reason ?? null, compromised };
  }

  /** What would be revoked: printed with `--dry-run`, else only to be asked about; null when nobody is `asked`. */
  protected async preview(
    db: Database,
    selected: SessionFilter,
    flags: RevokeFlags & { keep?: string[] | undefined },
    asked = !flags.yes,
  ): Promise<(Preview & { dryRun: true }) | (Preview & { dryRun: false }) | null> {
    if (!flags['dry-run'] && !asked) return null;
    const own = this.operator?.sessionId;
    const preview = await this.withProgress('Counting', { quiet: this.isQuiet }, () =>
      previewRevocation(db, selected, { keep: flags.keep, own }),
    );
    if (!flags['dry-run']) return { ...preview, dryRun: false };
    checkExpectation(preview.sessions, flags.expect ?? null);
    await this.print(renderPreview(preview, this.look));
    return { ...preview, dryRun: true };
  }

  /**
   * Asks whether these are to be revoked, if there are any; for good and of more than one user, by the name of the
   * database. `heading`: instead of the first ones. Throws NOT_CONFIRMED.
   */
  protected async ask(
    db: Database,
    preview: Preview,
    { compromised, yes }: Pick<RevokeFlags, 'compromised' | 'yes'>,
    heading = renderPreview(preview, this.look),
  ): Promise<void> {
    if (preview.sessions === 0) return;
    await this.confirm(bulkQuestion(preview, compromised), {
      yes,
      heading: [heading, ...this.undoBefore(db, compromised)].join('\n'),
      ...(compromised && preview.users > 1 ? { typed: db.name } : {}),
    });
  }

  /** What a question says of it, where it cannot be undone. */
  protected undoBefore(db: Database, compromised: boolean): string[] {
    if (!canUndo(db)) return [noUndoWords(db.sessions.server)];
    return compromised ? [undoHint([], true)] : [];
  }

  /** Ends what a filter selects, after a question, or says what that would be. */
  protected async revokeSelected(
    db: Database,
    filter: SessionFilter,
    flags: ConnectionFlags & RevokeFlags & { keep?: string[] | undefined },
  ): Promise<RevokedByFilter> {
    const keep = [...(await confineIds(db, this.operator, flags.keep ?? []))];
    const restorable = flags.compromised ? await countRestorable(db, filter) : 0;
    if (restorable > 0) this.caution(restorableWords(restorable, filter));
    const preview = await this.preview(db, filter, { ...flags, keep });
    if (preview?.dryRun) return preview;
    if (preview) await this.ask(db, preview, flags);
    const report = await this.withProgress('Revoking', flags, () =>
      revokeByFilter(db, filter, this.noteOf(flags), flags.expect ?? null, keep),
    );
    await this.print(renderBulkRevoked(report, preview?.sessions ?? null));
    return { ...report, ...this.tellAfter(db, [report.revocation], flags, report) };
  }

  /** What is to be known once sessions have ended; what of it is for programs, too. */
  protected tellAfter(
    db: Database,
    revocations: (number | null)[],
    { compromised }: RevokeFlags,
    { cameBack = 0, stillIn = 0 }: CameBack = {},
  ): Late {
    const { server } = db.sessions;
    const made = [...new Set(revocations.filter((id) => id !== null))];
    if (made.length === 0) return {};
    if (cameBack > 0) this.hint(cameBackWords(cameBack));
    // only an admin may restore
    if (!canUndo(db)) this.hint(noUndoWords(server));
    else if (!isConfined(this.operator)) this.hint(undoHint(made, compromised));
    if (stillIn > 0) {
      this.caution(stillInWords(stillIn));
      this.exitWith(8);
    }
    if (server.late === null) return {};
    this.hint(server.late);
    return { late: server.late };
  }
}
