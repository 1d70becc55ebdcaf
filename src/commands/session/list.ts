import type { InferredFlags } from '@oclif/core/interfaces';
import type { ConnectionFlags, Database } from '../../cli/base/base-command.ts';
import { filterFlags, mineFlag, stateFlag } from '../../cli/input/filter-flags.ts';
import { listFlags, pageFlags, watchFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { sortingOf } from '../../cli/list/sorting.ts';
import type { WatchOptions } from '../../cli/watch/watch-sessions.ts';
import { parseFilter } from '../../domain/session/filter.ts';
import { SESSIONS, usualSort } from '../../domain/session/list.ts';
import { confineFilter } from '../../domain/user/operator.ts';
import { invalidInput } from '../../model/errors.ts';
import type { Session, SessionSort } from '../../model/session.ts';
import { missingIndexHint, withoutFlags } from '../../views/page-hint.ts';
import { markCurrent, SESSION_LIST, SESSION_STATE_LIST, withRelation } from '../../views/session/columns.ts';

const WATCHED = '--watch reads again and again, so it takes the orders that the database has: activity, idle, login.';

export default class SessionList extends ListCommand {
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'List sessions: who is in, from where, since when.';
  static override description =
    'Live sessions, the most recently active first. Into a pipe every one goes, the same columns separated by tabs, exact and without a heading. An empty list is a result, not an error.';
  static override examples = ListCommand.toExamples({
    'Who is in': 'tomo session list',
    'Everything of one user': 'tomo session list --user admin --state all',
    'Who logged in from a network since yesterday': 'tomo session list --ip 203.0.113.0/24 --since yesterday',
    'Who was in last night': 'tomo session list --live-since 22:00 --live-until 06:00',
    'Your own, where TOMO_TOKEN says who you are': 'tomo session list --mine',
    'What else is open from the same address, network or device': 'tomo session list --related-to 3f2a9c41',
    'As it changes': 'tomo session list --watch --user admin',
    'All of it for a script': 'tomo session list --output ndjson',
  });
  static override flags = {
    ...filterFlags,
    mine: mineFlag,
    state: stateFlag('active; all with --live-since or --live-until'),
    ...pageFlags,
    ...watchFlags,
    ...listFlags(SESSION_LIST, ' [default: activity; login unless --state is active]'),
  };

  async run(): Promise<ListResult<'sessions', Session> | undefined> {
    const { flags } = await this.parse(SessionList);
    const filter = parseFilter(flags, this.terminal.now());
    const usual = usualSort(filter.state);
    const allowed = () => confineFilter(this.operator, filter, flags.mine === true);
    const plain = filter.state === 'active' ? SESSION_LIST : SESSION_STATE_LIST;
    const view = markCurrent(
      filter.relatedTo === undefined ? plain : withRelation(plain),
      () => this.operator?.sessionId,
    );
    if (flags.watch) {
      const { limit = 50 } = flags;
      const sorting = sortingOf(view, flags, usual);
      if (sorting?.kind !== 'own') throw invalidInput(WATCHED, 'Without --watch: any column, and --reverse.');
      await this.#watch(view, flags, { filter: allowed, page: { sort: sorting.sort, limit } });
      return undefined;
    }
    const advice = (db: Database, sort: SessionSort) =>
      filter.users?.length ? null : missingIndexHint(db.sessions.missingIndex(sort));
    return this.printPages(view, SESSIONS, flags, { filter, sort: usual, allowed, advice });
  }

  async #watch(
    view: typeof SESSION_LIST,
    flags: ConnectionFlags &
      Pick<InferredFlags<typeof SessionList.flags>, 'output' | 'columns' | 'interval' | 'jq' | 'template'>,
    what: Pick<WatchOptions, 'filter' | 'page'>,
  ): Promise<void> {
    const { eventWatcher, tableWatcher, watchSessions } = await import('../../cli/watch/watch-sessions.ts');
    const { output = 'table' } = flags;
    const events = output === 'ndjson';
    const drawn = this.terminal.stdout.isTTY && ['table', 'wide'].includes(output) && !this.jsonEnabled();
    if (!events && (!drawn || flags.jq !== undefined || flags.template !== undefined)) {
      throw invalidInput(
        `--watch draws a table on a terminal, or writes events: not ${this.jsonEnabled() ? 'json' : output} here.`,
        'For a script: --watch --output ndjson',
      );
    }
    const open = await this.openView(flags);
    const interval = open.pause((flags.interval ?? 2) * 1000);
    const title = ['session', 'list', ...withoutFlags(this.argv, ['database', 'interval'])].join(' ');
    const names = flags.columns ?? (output === 'wide' ? view.wide : undefined);
    const watcher = events
      ? eventWatcher(this.terminal, (location, standby) => this.tellStandby(location, standby))
      : tableWatcher(this.terminal, () => this.look, { view, names, title, interval });
    this.streaming = events;
    await this.guard.interruptible((signal) => watchSessions(open, watcher, { ...what, interval, signal }));
  }
}
