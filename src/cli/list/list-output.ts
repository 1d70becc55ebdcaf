import { columnNames, idOf, type ListView } from '../../views/columns.ts';
import { csvHeading, csvLine, tsvLine } from '../../views/delimited.ts';
import type { ListLayout, renderList } from '../../views/list.ts';
import { printableText } from '../../views/printable.ts';
import type { Look } from '../../views/style.ts';
import { SCHEMA_VERSION_JSON } from '../base/json-version.ts';
import { type Terminal, writeOut } from '../base/terminal.ts';
import type { OutputFormat } from '../input/flags.ts';

const BUFFER = 64 * 1024;
/** Rows of a streamed table that are drawn together. */
const TABLE_ROWS = 200;

type Format = OutputFormat | 'tsv';

/** Writes the rows of a list in one of the formats, one by one, so that memory does not grow with their number. */
export class ListWriter<T, N extends string> {
  readonly #terminal: Terminal;
  readonly #format: Format;
  /** A row in a format that is not drawn. */
  readonly #line: ((json: string) => string) | undefined;
  readonly #draw: (render: typeof renderList, rows: T[]) => string;
  #buffer = '';
  #render: typeof renderList | undefined;
  #rows: T[] = [];
  count = 0;

  /** `asked`: the columns the user wants instead of those of the view. */
  constructor(
    terminal: Terminal,
    view: ListView<T, N>,
    format: OutputFormat,
    asked: readonly N[] | undefined,
    look: Look,
  ) {
    this.#terminal = terminal;
    // a pipe gets the columns of the table, exact and whole
    this.#format = (format === 'table' || format === 'wide') && !terminal.stdout.isTTY ? 'tsv' : format;
    const wide = format === 'wide' ? (view.wide ?? columnNames(view.columns)) : undefined;
    const names = asked ?? wide ?? view.names;
    const columns = names.map((name) => view.columns[name]);
    const lines: Partial<Record<Format, (json: string) => string>> = {
      json: (json) => `${this.count > 1 ? ',' : ''}\n${printableText(json)}`,
      ndjson: (json) => `{"schemaVersion":${SCHEMA_VERSION_JSON},${printableText(json).slice(1)}\n`,
      csv: (json) => `${csvLine(JSON.parse(json), columns)}\n`,
      tsv: (json) => `${tsvLine(JSON.parse(json), columns)}\n`,
      ids: (json) => `${idOf(view, JSON.parse(json) as T)}\n`,
    };
    this.#line = lines[this.#format];
    if (format === 'json') this.#buffer = `{"schemaVersion":${SCHEMA_VERSION_JSON},"${view.key}":[`;
    if (format === 'csv') this.#buffer = `${csvHeading(names)}\n`;
    // wide means that nothing is cut
    const shown = format === 'wide' ? { ...look, width: Number.POSITIVE_INFINITY } : look;
    // the first rows set the widths in it
    const layout: ListLayout<N> = { names: asked ?? wide };
    this.#draw = (render, rows) => `${render(rows, view, shown, layout)}\n`;
  }

  /** Before the first row. The renderer is loaded only where a table is drawn. */
  async begin(): Promise<void> {
    if (!this.#line) this.#render = (await import('../../views/list.ts')).renderList;
  }

  /** Takes the JSON text of a row. Returns a promise when the reader must be waited for. */
  add(json: string): Promise<void> | undefined {
    this.count += 1;
    if (this.#line) this.#buffer += this.#line(json);
    else this.#rows.push(JSON.parse(json));
    if (this.#rows.length >= TABLE_ROWS) this.#drawRows();
    return this.#buffer.length >= BUFFER ? this.#flush() : undefined;
  }

  /** After the last row. `more`: keys for JSON beside the rows. */
  async end(more: object = {}): Promise<void> {
    this.#drawRows();
    if (this.#format === 'json')
      this.#buffer += `\n],${printableText(JSON.stringify({ nextCursor: null, ...more })).slice(1)}\n`;
    await this.#flush();
  }

  #drawRows(): void {
    if (this.#rows.length === 0 || !this.#render) return;
    this.#buffer += this.#draw(this.#render, this.#rows);
    this.#rows = [];
  }

  async #flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    if (text !== '') await writeOut(this.#terminal, text);
  }
}
