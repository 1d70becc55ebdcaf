import type { InferredFlags } from '@oclif/core/interfaces';
import { canUndo } from '../../domain/revocation/restore-adopted.ts';
import {
  type CameBack,
  checkExpectation,
  type Preview,
  previewRevocation,
  type RevocationNote,
} from '../../domain/revocation/revoke.ts';
import { isConfined } from '../../domain/user/operator.ts';
import type { SessionFilter } from '../../model/session.ts';
import {
  bulkQuestion,
  cameBackWords,
  noUndoWords,
  renderPreview,
  stillInWords,
  undoHint,
} from '../../views/session/revoke.ts';
import type { revokeFlags } from '../input/flags.ts';
import type { Database } from './base-command.ts';
import { LongCommand } from './long-command.ts';

/** What may accept a revoked session for longer; missing: nothing does. */
export interface Late {
  late?: string;
}

export type RevokeFlags = InferredFlags<typeof revokeFlags>;

/** A command that ends sessions. No static of its own: oclif's manifest would then not look for those of BaseCommand. */
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
    const preview = await previewRevocation(db, selected, { keep: flags.keep, own: this.operator?.sessionId });
    if (!flags['dry-run']) return { ...preview, dryRun: false };
    checkExpectation(preview.sessions, flags.expect ?? null);
    await this.print(renderPreview(preview, this.look));
    return { ...preview, dryRun: true };
  }

  /**
   * Asks whether these are to be revoked, if there are any; for good and of more than one user, by the name of the database.
   * `heading`: instead of the first ones. Throws NOT_CONFIRMED.
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
