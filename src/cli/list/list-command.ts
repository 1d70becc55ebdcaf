import type { ByColumn, ColumnPage, List } from '../../domain/list/list.ts';
import { COUNT_CAP, type ListPage, type ListResult } from '../../domain/list/page.ts';
import type { ListKey, ListView } from '../../views/columns.ts';
import { noneFound } from '../../views/none-found.ts';
import { pageHint } from '../../views/page-hint.ts';
import type { ConnectionFlags, Database } from '../base/base-command.ts';
import { LongCommand } from '../base/long-command.ts';
import { readConfig } from '../connect/config-file.ts';
import { PagerSink, pagerCommand, plainSink, type Sink } from '../output/pager.ts';
import { type Format, type FormatFlags, type Layout, layoutOf } from './format.ts';
import { ListWriter } from './list-output.ts';
import { pageByDatabase, type Sorting, sortedPage, sortedStream, sortingOf } from './sorting.ts';

/** Formats that people read, in pages. */
const DRAWN: readonly Format[] = ['table', 'wide'];

export type { ListResult };

/** What a list command takes: `listFlags`, and of the others what it has. */
interface ListFlags<N extends string> extends ConnectionFlags, FormatFlags<N> {
  all?: boolean;
  limit?: number | undefined;
  sort?: string | undefined;
  reverse?: boolean;
  after?: string | undefined;
}

/** Hands every row as JSON text to `write`. */
type Stream = (db: Database, write: (json: string) => Promise<void> | undefined) => Promise<unknown>;

/** Where a list command has its rows from. */
interface ListSource<T, More> {
  /** The rows, all of them or a page; as they are where no database is asked. */
  read: ((db: Database) => Promise<ListPage<T>>) | ListPage<T>;
  /** The first rows in order of a column, where the database can sort by it. */
  sorted?: ((db: Database, by: ByColumn, limit: number) => Promise<ColumnPage<T> | null>) | undefined;
  /** For `--all` and wherever nobody turns pages. A list with pages needs it. */
  stream?: Stream;
  /** How many there are, exactly; without, as many as `read` has. */
  count?: (db: Database) => Promise<number>;
  /** What to say instead of an empty list. */
  none: string;
  /** The order that was asked for; without, as in the flags. */
  sorting?: Sorting<string, string> | null;
  /** Keys for JSON beside the rows, known after the last one. */
  more?: () => More;
}

/**
 * Which rows of a list. `allowed`: the filter within what the operator may see; `advice`: what to say of a
 * page, both known late.
 */
interface PagesOf<Filter, Sort> {
  filter: Filter;
  sort: Sort;
  allowed?: () => Filter;
  advice?: (db: Database, sort: Sort) => string | null;
}

/** A command whose result is a list. */
export abstract class ListCommand extends LongCommand {
  /** Prints a list that comes in pages. */
  protected printPages<Filter extends object, T, N extends string, K extends ListKey, Sort extends string>(
    view: ListView<T, N, K>,
    list: List<Filter, T, Sort>,
    flags: ListFlags<N> & { mine?: boolean },
    { filter, sort: usual, allowed = () => filter, advice }: PagesOf<Filter, Sort>,
  ): Promise<ListResult<K, T> | undefined> {
    const sorting = sortingOf(view, flags, usual);
    const own = sorting?.kind === 'own';
    const sort = own ? sorting.sort : usual;
    const place = { sort, after: own ? flags.after : undefined };
    // where it is hinted at
    const withTotal = this.terminal.stdout.isTTY === true && !flags.quiet && !this.jsonEnabled();
    return this.printList(view, flags, {
      read: async (db) => {
        const wanted = { ...place, limit: flags.limit ?? 50, withTotal };
        const page = await this.withProgress('Looking', flags, () => list.page(db, allowed(), wanted));
        this.hint(advice?.(db, sort) ?? '');
        return page;
      },
      stream: (db, write) => list.stream(db, allowed(), place, write),
      sorted: (db, ...of) => list.byColumn(db, allowed(), ...of),
      count: (db) => list.count(db, allowed()),
      none: noneFound(view.key, { ...filter, mine: flags.mine }),
      sorting,
    });
  }

  /**
   * Prints a list in the format that was asked for, with what there is to say about it, and returns the
   * data for `--json`.
   */
  protected async printList<T, N extends string, K extends ListKey, More extends object = object>(
    view: ListView<T, N, K>,
    flags: ListFlags<N>,
    given: ListSource<T, More>,
  ): Promise<ListResult<K, T, More> | undefined> {
    const source = await this.#inOrder(view, flags, given);
    const { stream, none } = source;
    const read = async () => (typeof source.read === 'function' ? this.withDatabase(flags, source.read) : source.read);
    const layout = layoutOf(flags, view, this.terminal, this.jsonEnabled());
    const { format } = layout;
    if (format === 'count') {
      const { count: counted } = source;
      const count = counted
        ? await this.withDatabase(flags, (db) => this.withProgress('Counting', flags, () => counted(db)))
        : (await read()).rows.length;
      await this.print(String(count));
      return { count };
    }
    const sink = this.#sink(flags, format);
    const writer = this.#writer(view, layout, sink);
    // for a program it is whole: half of it, piped into grep or revoke, would be a trap
    const paged = this.terminal.stdout.isTTY && DRAWN.includes(format);
    if (stream && (flags.all || !(paged || flags.limit))) {
      await this.#stream(writer, flags, { stream, none, more: source.more });
      await sink.end();
      this.#nameLeft(writer);
      return undefined;
    }
    const page = await read();
    const { nextCursor = null } = page;
    if (format !== 'json' || !this.jsonEnabled()) {
      await writer.begin();
      for (const row of page.rows) await writer.add(JSON.stringify(row));
      await writer.end({ nextCursor, ...source.more?.() });
      await sink.end();
      this.#nameLeft(writer);
      if (page.rows.length === 0) this.hint(none);
      else await this.#hintAtMore(page, flags);
    }
    // with --json jq has its say, too
    if (format === 'jq' || format === 'template') return undefined;
    return { [view.key]: page.rows, nextCursor, ...source.more?.() } as ListResult<K, T, More>;
  }

  /** The same rows by a column, where that was asked for. */
  async #inOrder<T, N extends string, More>(
    view: ListView<T, N>,
    flags: ListFlags<N>,
    source: ListSource<T, More>,
  ): Promise<ListSource<T, More>> {
    const by = source.sorting === undefined ? sortingOf(view, flags, undefined) : source.sorting;
    if (by?.kind !== 'column') return source;
    const { read, stream, sorted: byDatabase } = source;
    const column = { ...by, column: by.column as N };
    if (stream) {
      return {
        ...source,
        read: (db) =>
          this.withProgress('Sorting', flags, async () => {
            const page = { limit: flags.limit ?? 50, after: flags.after };
            const found = byDatabase && (await pageByDatabase((...of) => byDatabase(db, ...of), column, page));
            return found ?? sortedPage((take) => stream(db, take), view, column, page);
          }),
        stream: (db, write) => sortedStream((take) => stream(db, take), view, column, flags.after, write),
      };
    }
    const whole = ({ rows }: ListPage<T>) => {
      const each = async (take: (json: string) => unknown) => rows.forEach((row) => void take(JSON.stringify(row)));
      return sortedPage(each, view, column, { limit: rows.length });
    };
    return { ...source, read: typeof read === 'function' ? async (db) => whole(await read(db)) : await whole(read) };
  }

  /** Writes every row, for another program. `filter`: what the rows were narrowed by. */
  protected exportList<T, N extends string>(
    view: ListView<T, N>,
    flags: ConnectionFlags & Pick<FormatFlags<N>, 'output' | 'headers' | 'local-time' | 'bom'>,
    filter: object,
    stream: Stream,
  ): Promise<void> {
    const layout = layoutOf(flags, view, this.terminal, this.jsonEnabled());
    return this.#stream(this.#writer(view, layout, plainSink(this.terminal)), flags, {
      stream,
      none: noneFound(view.key, filter),
    });
  }

  #writer<T, N extends string>(view: ListView<T, N>, layout: Layout<N>, sink: Sink): ListWriter<T, N> {
    return new ListWriter(sink, this.terminal.stdout.isTTY === true, view, layout, this.look);
  }

  #sink({ pager = true }: { pager?: boolean | undefined }, format: Format): Sink {
    const { terminal } = this;
    const command = pager && terminal.stdout.isTTY ? pagerCommand(terminal, readConfig(terminal.env).pager) : null;
    return command === null ? plainSink(terminal) : new PagerSink(terminal, command, format === 'wide');
  }

  #nameLeft({ left }: { left: readonly string[] }): void {
    if (left.length > 0) this.hint(`Left out: ${left.join(', ')} (all: --output wide)`);
  }

  async #stream<T, N extends string>(
    writer: ListWriter<T, N>,
    flags: ConnectionFlags,
    { stream, none, more }: { stream: Stream; none: string; more?: (() => object) | undefined },
  ): Promise<void> {
    await writer.begin();
    await this.withDatabase(flags, (db) =>
      this.withProgress('Looking', flags, (progress) =>
        stream(db, (json) => {
          if (!this.streaming && !writer.holdsAll) {
            this.streaming = true;
            // what is printed shows by itself that it goes on
            progress.stop();
          }
          return writer.add(json);
        }),
      ),
    );
    await writer.end(more?.());
    if (writer.count === 0) this.hint(none);
  }

  async #hintAtMore({ rows, nextCursor, total: counted = null }: ListPage<unknown>, flags: ConnectionFlags) {
    if (!nextCursor) return;
    // it stands there without, too
    const total = await this.withProgress('Counting', flags, async () => counted).catch(() => null);
    this.hint(pageHint((this.id ?? '').replaceAll(':', ' '), this.argv, { rows, nextCursor, total, cap: COUNT_CAP }));
  }
}
