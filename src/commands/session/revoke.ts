import { requireTerminal } from '../../cli/ask/confirm.ts';
import type { ConnectionFlags, Database } from '../../cli/base/base-command.ts';
import { type Late, RevokeCommand, type RevokedByFilter, type RevokeFlags } from '../../cli/base/revoke-command.ts';
import { idArguments, idsArgument } from '../../cli/input/arguments.ts';
import { filterFlags, mineFlag } from '../../cli/input/filter-flags.ts';
import { keepFlag, revokeFlags } from '../../cli/input/flags.ts';
import { canUndo } from '../../domain/revocation/restore-adopted.ts';
import { type RevokeByIdReport, revokeByIds } from '../../domain/revocation/revoke.ts';
import { type FilterInput, isNarrowed, NARROWING, parseFilter } from '../../domain/session/filter.ts';
import { confineFilter, ownerOf } from '../../domain/user/operator.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Session } from '../../model/session.ts';
import { previewOf, renderRevoked } from '../../views/session/revoke.ts';

type Result = (RevokeByIdReport & Late) | RevokedByFilter;

export default class SessionRevoke extends RevokeCommand {
  static override changes = 'ends' as const;
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'Revoke sessions: by id, by filter, or marked on a full screen.';
  static override description =
    'Ids are revoked without a question (except with --compromised), each with an answer of its own; what has already ended keeps its time. The filters are those of session list, so the list is the preview; they ask first; what they select is out as a whole, or not at all. On a terminal, with neither, search and mark as in session browse, and Enter leads to the question.';
  static override examples = RevokeCommand.toExamples({
    'One session': 'tomo session revoke 3f2a9c41',
    'What a list selects': 'tomo session revoke --ip 203.0.113.0/24 --since yesterday --reason "stolen laptop"',
    'A session and all that is open on the same device': 'tomo session revoke --related-to 3f2a9c41 --relation device',
    'Whoever is in from a network, but for one session': 'tomo session revoke --ip 203.0.113.0/24 --keep 3f2a9c41',
    'In a script, only if it is what was seen before': 'tomo session revoke --user bob --idle-for 8h --expect 3 --yes',
    'Ids from another program': 'tomo session list --country KP --output ids | tomo session revoke -',
  });
  static override strict = false;
  static override args = { id: idsArgument };
  static override flags = { ...filterFlags, mine: mineFlag, keep: keepFlag, ...revokeFlags };

  async run(): Promise<Result> {
    const { argv, flags } = await this.parse(SessionRevoke);
    const given = argv as string[];
    const narrowed = isNarrowed(flags);
    if (given.length > 0 && narrowed) {
      throw invalidInput(
        `Ids and filters do not go together: ${given[0]} and ${filtersIn(flags)}.`,
        'Give either the ids or the filter.',
      );
    }
    if (flags.keep && !narrowed) {
      throw invalidInput(
        '--keep leaves out some of what a filter selects, and there is none.',
        'Which ones but these? Give a filter, such as --user NAME.',
      );
    }
    const typed = given.length > 0 ? await idArguments(this.terminal, given) : [];
    const filter = narrowed ? parseFilter({ ...flags, state: 'active' }, this.terminal.now()) : null;
    if (filter && !flags.yes && !flags['dry-run']) requireTerminal(this.terminal);
    const chosen = typed.length > 0 || filter ? null : await this.#choose(flags);
    return this.withDatabase(flags, async (db) => {
      if (chosen) {
        const preview = previewOf(chosen, chosen.length, this.look.current);
        await this.ask(db, preview, { ...flags, yes: flags.yes || flags['dry-run'] });
        return this.#byId(
          db,
          chosen.map(({ id }) => id),
          { ...flags, yes: true },
        );
      }
      if (filter) return this.revokeSelected(db, confineFilter(this.operator, filter, flags.mine === true), flags);
      return this.#byId(db, typed, flags);
    });
  }

  /** The sessions that the operator marks on a full screen. */
  async #choose(flags: ConnectionFlags & RevokeFlags): Promise<Session[]> {
    const { terminal } = this;
    const [{ browseDatabase, requireScreen }, { browseSource }] = await Promise.all([
      import('../../cli/browse/app.ts'),
      import('../../cli/browse/source.ts'),
    ]);
    requireScreen(
      terminal,
      'Which sessions? Neither an id nor a filter is given.',
      'tomo session revoke <id>, or a filter such as --user NAME.',
    );
    if (!flags.yes && !flags['dry-run']) requireTerminal(terminal);
    const view = await this.openView(flags);
    const who = { operator: () => this.operator, actor: () => this.actor, now: terminal.now, mine: false };
    const source = browseSource(view, who);
    const start = { purpose: 'choose', search: '', sort: 'activity', filter: 'active' } as const;
    const chosen = await this.guard
      .interruptible((signal) => browseDatabase(terminal, { start, source, look: () => this.look, signal }))
      .finally(() => view.close());
    if (!chosen) throw new TomoError('INTERRUPTED', 'Interrupted. Nothing was changed.');
    return chosen.map(({ row }) => row as Session);
  }

  async #byId(db: Database, ids: string[], flags: RevokeFlags): Promise<RevokeByIdReport & Late> {
    const options = { dryRun: flags['dry-run'], expect: flags.expect ?? null, owner: ownerOf(this.operator) };
    const asks = flags.compromised && !flags.yes && !flags['dry-run'];
    // where nothing can be undone it means the same
    if (asks && canUndo(db)) await this.#askForGood(db, ids, flags, options.owner);
    const report = await revokeByIds(db, ids, this.noteOf(flags), options);
    const { lines, summary } = renderRevoked(report, this.look);
    await this.print(lines);
    this.hint(summary);
    const late = this.tellAfter(db, [report.revocation], flags, report);
    if (report.results.some((result) => result.outcome === 'not-found')) this.exitWith(4);
    return { ...report, ...late };
  }

  /** Ids are revoked without a question where that can be undone. */
  async #askForGood(db: Database, ids: string[], flags: RevokeFlags, owner: string | undefined): Promise<void> {
    const options = { dryRun: true, expect: flags.expect ?? null, owner };
    const planned = await revokeByIds(db, ids, this.noteOf(flags), options);
    const lost = planned.results.flatMap(({ outcome, session }) =>
      session && (outcome === 'would-revoke' || planned.claimed.includes(session.id)) ? [session] : [],
    );
    const preview = previewOf(lost, lost.length, this.look.current);
    await this.ask(db, preview, flags, renderRevoked(planned, this.look).lines);
  }
}

function filtersIn(flags: FilterInput): string {
  return NARROWING.flatMap((name) => (flags[name] === undefined ? [] : `--${name}`)).join(', ');
}
