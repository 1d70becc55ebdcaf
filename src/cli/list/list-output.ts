import { type Column, columnNames, idOf, type ListView } from '../../views/columns.ts';
import { csvHeading, csvLine, tsvLine } from '../../views/delimited.ts';
import type { ListLayout, renderList } from '../../views/list.ts';
import { printableText } from '../../views/printable.ts';
import type { Look } from '../../views/style.ts';
import { SCHEMA_VERSION_JSON } from '../base/json-version.ts';
import { type Terminal, writeOut } from '../base/terminal.ts';
import type { OutputFormat } from '../input/flags.ts';

const BUFFER = 64 * 1024;
/** Rows of a streamed table that are drawn together; the first ones set the widths. */
const TABLE_ROWS = 200;

/** Writes the rows of a list in one of the formats, one by one, so that memory does not grow with their number. */
export class ListWriter<T, N extends string> {
  readonly #terminal: Terminal;
  readonly #view: ListView<T, N>;
  readonly #format: OutputFormat | 'tsv';
  readonly #names: readonly N[];
  readonly #columns: Column<T>[];
  readonly #look: Look;
  readonly #layout: ListLayout<N>;
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
    this.#view = view;
    // a pipe gets the columns of the table, exact and whole
    this.#format = (format === 'table' || format === 'wide') && !terminal.stdout.isTTY ? 'tsv' : format;
    const wide = format === 'wide' ? (view.wide ?? columnNames(view.columns)) : undefined;
    this.#layout = { names: asked ?? wide };
    this.#names = asked ?? wide ?? view.names;
    this.#columns = this.#names.map((name) => view.columns[name]);
    // wide means that nothing is cut
    this.#look = format === 'wide' ? { ...look, width: Number.POSITIVE_INFINITY } : look;
  }

  /** Before the first row. The renderer is loaded only where a table is drawn. */
  async begin(): Promise<void> {
    if (this.#format === 'table' || this.#format === 'wide')
      this.#render = (await import('../../views/list.ts')).renderList;
    if (this.#format === 'json') this.#buffer += `{"schemaVersion":${SCHEMA_VERSION_JSON},"${this.#view.key}":[`;
    if (this.#format === 'csv') this.#buffer += `${csvHeading(this.#names)}\n`;
  }

  /** Takes the JSON text of a row. Returns a promise when the reader must be waited for. */
  add(json: string): Promise<void> | undefined {
    this.count += 1;
    switch (this.#format) {
      case 'json':
        this.#buffer += `${this.count > 1 ? ',' : ''}\n${printableText(json)}`;
        break;
      case 'ndjson':
        this.#buffer += `{"schemaVersion":${SCHEMA_VERSION_JSON},${printableText(json).slice(1)}\n`;
        break;
      case 'csv':
        this.#buffer += `${csvLine(JSON.parse(json), this.#columns)}\n`;
        break;
      case 'tsv':
        this.#buffer += `${tsvLine(JSON.parse(json), this.#columns)}\n`;
        break;
      case 'ids':
        this.#buffer += `${idOf(this.#view, JSON.parse(json) as T)}\n`;
        break;
      default:
        this.#rows.push(JSON.parse(json));
        if (this.#rows.length >= TABLE_ROWS) this.#drawRows();
    }
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
    this.#buffer += `${this.#render(this.#rows, this.#view, this.#look, this.#layout)}\n`;
    this.#rows = [];
  }

  async #flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    if (text !== '') await writeOut(this.#terminal, text);
  }
}
