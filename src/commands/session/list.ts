import { setFlagsFromString } from 'node:v8';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { columnsFlag, filterFlags, integerFlag, stateFlag } from '../../cli/flags.ts';
import { OUTPUT_FORMATS, type OutputFormat, SessionWriter } from '../../cli/session-output.ts';
import { TomoError } from '../../domain/errors.ts';
import { isNarrowed, parseFilter } from '../../domain/session-filter.ts';
import { COUNT_CAP, countExactly, exportSessions, listSessions } from '../../domain/session-list.ts';
import type { Session, SessionSort } from '../../domain/types.ts';
import { LIST_COLUMNS, STATE_COLUMNS, WIDE_COLUMNS } from '../../views/session/columns.ts';
import { nothingFound, pageHint } from '../../views/session/hints.ts';

export default class SessionList extends BaseCommand {
  static override summary = 'List sessions: who is in, from where, since when.';
  static override description =
    'Live sessions, the most recently active first. Into a pipe the same columns go separated by tabs, exact and whole, without a heading. An empty list is a result, not an error.';
  static override examples = [
    { description: 'Who is in', command: '<%= config.bin %> session list' },
    { description: 'Everything of one user', command: '<%= config.bin %> session list --user admin --state all' },
    { description: 'Who logged in from a network since yesterday', command: '<%= config.bin %> session list --ip 203.0.113.0/24 --since yesterday' },
    { description: 'All of it for a script', command: '<%= config.bin %> session list --all --output ndjson' },
  ];
  static override flags = {
    ...filterFlags,
    state: stateFlag(),
    sort: Flags.option({
      options: ['activity', 'idle', 'login'] as const,
      description: 'Latest activity first, longest idle first, or newest login first. [default: activity; login unless --state is active]',
    })(),
    limit: integerFlag({ min: 1, max: 10_000 })({
      char: 'l',
      description: 'Rows on a page. [default: 50; ids, csv and ndjson: every row]',
      exclusive: ['all'],
    }),
    all: Flags.boolean({ char: 'a', description: 'Every row, without pages.' }),
    after: Flags.string({ description: 'The page that begins after this cursor.', helpValue: '<cursor>' }),
    columns: columnsFlag(),
    output: Flags.option({ options: OUTPUT_FORMATS, char: 'o', default: 'table' as const, description: 'How to print.' })(),
    count: Flags.boolean({
      description: 'Only how many there are, exactly; the same as --output count.',
    }),
  };

  async run(): Promise<{ sessions: Session[]; nextCursor: string | null } | { count: number } | undefined> {
    const { flags } = await this.parse(SessionList);
    const filter = parseFilter(flags, this.terminal.now());
    const sort: SessionSort = flags.sort ?? (filter.state === 'active' ? 'activity' : 'login');
    const format: OutputFormat = flags.count || flags.output === 'count' ? 'count' : this.jsonEnabled() ? 'json' : flags.output;
    if (flags.columns && ['json', 'ndjson', 'ids', 'count'].includes(format)) {
      throw new TomoError('INVALID_INPUT', `--columns does not go with ${format} output, which is always complete.`);
    }
    if (format === 'count') {
      const count = await this.withDatabase(flags, (db) => countExactly(db, filter));
      await this.print(String(count));
      return { count };
    }
    // what has no place for a cursor is complete: half of the ids, piped into revoke, would be a trap
    const all = flags.all || (['ids', 'csv', 'ndjson'].includes(format) && flags.limit === undefined);
    const columns = flags.columns ?? (format === 'wide' ? WIDE_COLUMNS : filter.state === 'active' ? LIST_COLUMNS : STATE_COLUMNS);
    const writer = new SessionWriter(this.terminal, format, columns, this.look);
    if (all) {
      // short-lived strings by the million: with a small nursery they take half the memory and no more time
      setFlagsFromString('--max-semi-space-size=1');
      setFlagsFromString('--semi-space-growth-factor=1');
      await writer.begin();
      await this.withDatabase(flags, (db) =>
        exportSessions(db, filter, { sort, after: flags.after }, (json) => {
          this.streaming = true;
          return writer.add(json);
        }),
      );
      await writer.end();
      if (writer.count === 0) this.hint(nothingFound(filter.state, isNarrowed(flags)));
      return undefined;
    }
    const withTotal = this.terminal.stdout.isTTY === true && !flags.quiet;
    const page = await this.withDatabase(flags, (db) => listSessions(db, filter, { sort, limit: flags.limit ?? 50, after: flags.after, withTotal }));
    if (!this.jsonEnabled()) {
      await writer.begin();
      for (const session of page.sessions) await writer.add(JSON.stringify(session));
      await writer.end();
      if (page.sessions.length === 0) this.hint(nothingFound(filter.state, isNarrowed(flags)));
      else if (page.nextCursor) {
        // a grep would search these and find nobody, so it is said to a quiet script, too
        if (!this.terminal.stdout.isTTY && flags.limit === undefined)
          this.caution(`only the first ${page.sessions.length} are here; --all lists every one.`);
        this.hint(pageHint(page, this.argv, COUNT_CAP));
      }
    }
    return { sessions: page.sessions, nextCursor: page.nextCursor };
  }
}
