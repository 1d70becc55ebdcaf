import { confirm, requireTerminal } from '../../cli/ask/confirm.ts';
import { pickSessions } from '../../cli/ask/pick-sessions.ts';
import type { Database } from '../../cli/base/base-command.ts';
import { LongCommand } from '../../cli/base/long-command.ts';
import { canAsk, readLines } from '../../cli/base/terminal.ts';
import { idsArgument } from '../../cli/input/arguments.ts';
import { filterFlags, mineFlag, revokeFlags } from '../../cli/input/flags.ts';
import {
  checkExpectation,
  type Preview,
  previewRevocation,
  type RevocationNote,
  type RevokeByFilterReport,
  type RevokeByIdReport,
  revokeByFilter,
  revokeByIds,
} from '../../domain/revocation/revoke.ts';
import { type FilterInput, isNarrowed, NARROWING, parseFilter } from '../../domain/session/filter.ts';
import { parseIdPrefix } from '../../domain/session/id.ts';
import { confineFilter, confineIds, isConfined, type Operator } from '../../domain/user/operator.ts';
import { TomoError } from '../../model/errors.ts';
import type { SessionFilter } from '../../model/session.ts';
import { bulkQuestion, renderBulkRevoked, renderPreview, renderRevoked, undoHint } from '../../views/session/revoke.ts';

type Result = RevokeByIdReport | RevokeByFilterReport | (Preview & { dryRun: true });

export default class SessionRevoke extends LongCommand {
  static override changes = true;
  static override access = 'change-own' as const;
  static override summary = 'Revoke sessions: by id, by filter, or chosen from a list.';
  static override description =
    'Ids are revoked without a question, each with an answer of its own; what has already ended keeps its time. The filters are those of session list, so the list is the preview; they ask first. On a terminal, with neither, choose from a list.';
  static override examples = [
    { description: 'One session', command: '<%= config.bin %> session revoke 3f2a9c41' },
    {
      description: 'What a list selects',
      command: '<%= config.bin %> session revoke --ip 203.0.113.0/24 --since yesterday --reason "stolen laptop"',
    },
    {
      description: 'A session and all that is open on the same device',
      command: '<%= config.bin %> session revoke --related-to 3f2a9c41 --relation device',
    },
    {
      description: 'In a script, only if it is what was seen before',
      command: '<%= config.bin %> session revoke --user bob --idle-for 8h --expect 3 --yes',
    },
    {
      description: 'Ids from another program',
      command: '<%= config.bin %> session list --country KP --output ids | <%= config.bin %> session revoke -',
    },
  ];
  static override strict = false;
  static override args = {
    id: idsArgument,
  };
  static override flags = { ...filterFlags, mine: mineFlag, ...revokeFlags };

  async run(): Promise<Result> {
    const { argv, flags } = await this.parse(SessionRevoke);
    const given = argv as string[];
    const narrowed = isNarrowed(flags);
    if (given.length > 0 && narrowed) {
      throw new TomoError('INVALID_INPUT', `Ids and filters do not go together: ${given[0]} and ${filtersIn(flags)}.`, {
        hint: 'Give either the ids or the filter.',
      });
    }
    if (given.length === 0 && !narrowed && !canAsk(this.terminal)) {
      throw new TomoError('INVALID_INPUT', 'Which sessions? Neither an id nor a filter is given.', {
        hint: 'tomo session revoke <id>, or a filter such as --user NAME. For everybody: tomo session revoke-all',
      });
    }
    const ids = given.includes('-')
      ? [...given.filter((id) => id !== '-'), ...(await readLines(this.terminal))]
      : given;
    if (given.length > 0 && ids.length === 0) throw new TomoError('INVALID_INPUT', 'There are no ids on stdin.');
    for (const id of ids) parseIdPrefix(id);
    const filter = narrowed ? parseFilter(flags, this.terminal.now()) : null;
    if (filter && !flags.yes && !flags['dry-run']) requireTerminal(this.terminal);
    return this.withDatabase(flags, async (db) => {
      const note: RevocationNote = { actor: this.actor, reason: flags.reason ?? null, compromised: flags.compromised };
      if (filter) return this.#byFilter(db, confineFilter(this.operator, filter, flags.mine === true), flags, note);
      const chosen =
        ids.length > 0
          ? await confineIds(db, this.operator, ids)
          : await pickSessions(this.terminal, db, pickable(this.operator), this.look);
      return this.#byId(db, chosen, flags, note);
    });
  }

  async #byId(
    db: Database,
    ids: string[],
    flags: { 'dry-run': boolean; expect?: number | undefined },
    note: RevocationNote,
  ): Promise<RevokeByIdReport> {
    const report = await revokeByIds(db, ids, note, { dryRun: flags['dry-run'], expect: flags.expect ?? null });
    const { lines, summary } = renderRevoked(report, this.look);
    await this.print(lines);
    if (summary) this.hint(summary);
    if (report.revocation !== null) this.hint(undoHint([report.revocation], note.compromised));
    if (report.results.some((result) => result.outcome === 'not-found')) this.exitWith(4);
    return report;
  }

  async #byFilter(
    db: Database,
    filter: SessionFilter,
    flags: { 'dry-run': boolean; expect?: number | undefined; yes: boolean; quiet?: boolean },
    note: RevocationNote,
  ): Promise<Result> {
    const preview =
      flags['dry-run'] || !flags.yes ? await previewRevocation(db, filter, { own: this.operator?.sessionId }) : null;
    if (preview && flags['dry-run']) {
      checkExpectation(preview.sessions, flags.expect ?? null);
      await this.print(renderPreview(preview, this.look));
      return { ...preview, dryRun: true };
    }
    if (preview && preview.sessions > 0) {
      await confirm(this.terminal, bulkQuestion(preview), {
        yes: flags.yes,
        heading: renderPreview(preview, this.look),
      });
    }
    const report = await this.inBatches(
      'Revoking',
      flags,
      (pace) => revokeByFilter(db, filter, note, { expect: flags.expect ?? null, ...pace }),
      preview?.sessions,
    );
    await this.print(renderBulkRevoked(report, preview?.sessions ?? null));
    if (report.revocation !== null) this.hint(undoHint([report.revocation], note.compromised));
    this.exitAfter(report);
    return report;
  }
}

/** What the operator may choose from. */
function pickable(operator: Operator | null): SessionFilter {
  return confineFilter(operator, { state: 'active' }, isConfined(operator));
}

function filtersIn(flags: FilterInput): string {
  return NARROWING.filter((name) => flags[name] !== undefined)
    .map((name) => `--${name}`)
    .join(', ');
}
