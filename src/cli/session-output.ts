import type { Session } from '../domain/types.ts';
import { printableText } from '../views/printable.ts';
import type { SessionColumnName } from '../views/session/columns.ts';
import { csvHeading, csvLine, tsvLine } from '../views/session/delimited.ts';
import type { renderSessions } from '../views/session/list.ts';
import type { Look } from '../views/style.ts';
import { type Terminal, writeOut } from './terminal.ts';

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'ndjson', 'csv', 'ids', 'count'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const BUFFER = 64 * 1024;
/** Rows of a streamed table that are drawn together; the first ones set the widths. */
const TABLE_ROWS = 200;

/** Writes sessions in one of the formats, one by one, so that memory does not grow with their number. */
export class SessionWriter {
  readonly #terminal: Terminal;
  readonly #format: OutputFormat | 'tsv';
  readonly #columns: SessionColumnName[];
  readonly #look: Look;
  #buffer = '';
  #render: typeof renderSessions | undefined;
  #rows: Session[] = [];
  #page: Parameters<typeof renderSessions>[3] = {};
  count = 0;

  constructor(terminal: Terminal, format: OutputFormat, columns: SessionColumnName[], look: Look) {
    this.#terminal = terminal;
    // a pipe gets the columns of the table, exact and whole
    this.#format = (format === 'table' || format === 'wide') && !terminal.stdout.isTTY ? 'tsv' : format;
    this.#columns = columns;
    // wide means that nothing is cut
    this.#look = format === 'wide' ? { ...look, width: Number.POSITIVE_INFINITY } : look;
  }

  /** Before the first session. The renderer is loaded only where a table is drawn. */
  async begin(): Promise<void> {
    if (this.#format === 'table' || this.#format === 'wide') this.#render = (await import('../views/session/list.ts')).renderSessions;
    if (this.#format === 'json') this.#buffer += '{"schemaVersion":1,"sessions":[';
    if (this.#format === 'csv') this.#buffer += `${csvHeading(this.#columns)}\n`;
  }

  /** Takes the JSON text of a session. Returns a promise when the reader must be waited for. */
  add(json: string): Promise<void> | undefined {
    this.count += 1;
    switch (this.#format) {
      case 'json':
        this.#buffer += `${this.count > 1 ? ',' : ''}\n${printableText(json)}`;
        break;
      case 'ndjson':
        this.#buffer += `{"schemaVersion":1,${printableText(json).slice(1)}\n`;
        break;
      case 'csv':
        this.#buffer += `${csvLine(JSON.parse(json), this.#columns)}\n`;
        break;
      case 'tsv':
        this.#buffer += `${tsvLine(JSON.parse(json), this.#columns)}\n`;
        break;
      case 'ids':
        this.#buffer += `${(JSON.parse(json) as Session).id}\n`;
        break;
      default:
        this.#rows.push(JSON.parse(json));
        if (this.#rows.length >= TABLE_ROWS) this.#drawRows();
    }
    return this.#buffer.length >= BUFFER ? this.#flush() : undefined;
  }

  async end(): Promise<void> {
    this.#drawRows();
    if (this.#format === 'json') this.#buffer += '\n],"nextCursor":null}\n';
    await this.#flush();
  }

  #drawRows(): void {
    if (this.#rows.length === 0 || !this.#render) return;
    this.#buffer += `${this.#render(this.#rows, this.#columns, this.#look, this.#page)}\n`;
    this.#rows = [];
  }

  async #flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    if (text !== '') await writeOut(this.#terminal, text);
  }
}
