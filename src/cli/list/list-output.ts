import { invalidInput } from '../../model/errors.ts';
import { type Column, columnNames, idOf, inLocalTime, type ListView } from '../../views/columns.ts';
import { csvHeading, csvLine, tsvHeading, tsvLine } from '../../views/delimited.ts';
import type { ListLayout, renderList } from '../../views/list.ts';
import { printableText } from '../../views/printable.ts';
import type { Look } from '../../views/style.ts';
import { SCHEMA_VERSION_JSON } from '../base/json-version.ts';
import type { Sink } from '../output/pager.ts';
import type { Format, Layout } from './format.ts';

const BUFFER = 64 * 1024;
/** Rows of a streamed table that are drawn together. */
const TABLE_ROWS = 200;
/** By which Excel knows that a file is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Writes the rows of a list in one of the formats, one by one, so that memory does not grow with their number;
 * jq takes them all.
 */
export class ListWriter<T, N extends string> {
  readonly #sink: Sink;
  readonly #key: string;
  readonly #layout: Layout<N>;
  readonly #isTerminal: boolean;
  readonly #columns: readonly Column<T>[];
  readonly #names: readonly N[];
  /** A row in a format that is not drawn. */
  #line: ((json: string) => string) | undefined;
  readonly #draw: (render: typeof renderList, rows: T[]) => string;
  readonly #drawing: ListLayout<N>;
  #buffer = '';
  #render: typeof renderList | undefined;
  #rows: T[] = [];
  count = 0;

  constructor(sink: Sink, isTerminal: boolean, view: ListView<T, N>, layout: Layout<N>, look: Look) {
    const { format, columns: asked, localTime } = layout;
    this.#sink = sink;
    this.#isTerminal = isTerminal;
    this.#key = view.key;
    this.#layout = layout;
    const wide = format === 'wide' ? (view.wide ?? columnNames(view.columns)) : undefined;
    this.#names = asked ?? wide ?? view.names;
    const entries = Object.entries<Column<T>>(view.columns).map(([name, column]) => [name, inLocalTime(column)]);
    const shown = localTime ? { ...view, columns: Object.fromEntries(entries) as typeof view.columns } : view;
    this.#columns = this.#names.map((name) => shown.columns[name]);
    this.#line = this.#lineOf(format, view);
    // wide means that nothing is cut, and a pipe has no width
    const page = isTerminal && format !== 'wide' ? look : { ...look, width: Number.POSITIVE_INFINITY };
    // the first rows set the widths in it
    this.#drawing = { names: asked ?? wide, bare: !layout.headers };
    this.#draw = (render, rows) => `${render(rows, shown, page, this.#drawing)}\n`;
  }

  /** Nothing is printed before the last row has come. */
  get holdsAll(): boolean {
    return this.#layout.format === 'jq';
  }

  /** Columns that did not fit the terminal. */
  get left(): readonly N[] {
    return this.#drawing.left ?? [];
  }

  #lineOf(format: Format, view: ListView<T, N>): ((json: string) => string) | undefined {
    const json = (text: string) => `${this.count > 1 ? ',' : ''}\n${printableText(text)}`;
    const tsv = (text: string) => `${tsvLine(JSON.parse(text), this.#columns)}\n`;
    const lines: Partial<Record<Format, (json: string) => string>> = {
      json,
      // jq itself escapes nothing
      jq: (text) => `${this.count > 1 ? ',' : ''}\n${text}`,
      ndjson: (text) => `{"schemaVersion":${SCHEMA_VERSION_JSON},${printableText(text).slice(1)}\n`,
      csv: (text) => `${csvLine(JSON.parse(text), this.#columns)}\n`,
      tsv,
      // exact and whole for a program
      ...(this.#isTerminal ? {} : { wide: tsv }),
      ids: (text) => `${idOf(view, JSON.parse(text) as T)}\n`,
    };
    return lines[format];
  }

  /** Before the first row. What draws, and what makes other formats, is loaded only where it is needed. */
  async begin(): Promise<void> {
    const { format, headers, bom, template } = this.#layout;
    if (format === 'json' || format === 'jq') this.#buffer = `{"schemaVersion":${SCHEMA_VERSION_JSON},"${this.#key}":[`;
    if (format === 'csv')
      this.#buffer = `${bom ? BYTE_ORDER_MARK : ''}${headers ? `${csvHeading(this.#names)}\n` : ''}`;
    if (format === 'tsv' && headers) this.#buffer = `${tsvHeading(this.#names)}\n`;
    if (format === 'yaml') {
      const { yamlOf } = await import('./yaml.ts');
      this.#buffer = `schemaVersion: ${SCHEMA_VERSION_JSON}\n${this.#key}:`;
      this.#line = (json) => `${this.count > 1 ? '' : '\n'}${yamlOf([JSON.parse(json)])}`;
    } else if (format === 'template' && template !== undefined) {
      const { templateOf } = await import('./transform.ts');
      const line = await templateOf(template);
      this.#line = (json) => `${printableText(line(JSON.parse(json)))}\n`;
    } else if (!this.#line) this.#render = (await import('../../views/list.ts')).renderList;
  }

  /** Takes the JSON text of a row. Returns a promise when the reader must be waited for. */
  add(json: string): Promise<void> | undefined {
    this.count += 1;
    if (this.#line) this.#buffer += this.#line(json);
    else this.#rows.push(JSON.parse(json));
    if (this.#rows.length >= TABLE_ROWS) this.#drawRows();
    if (this.#layout.format === 'jq') return this.#checkLength();
    return this.#buffer.length >= BUFFER ? this.#flush() : undefined;
  }

  /** After the last row. `more`: keys for JSON beside the rows. */
  async end(more: object = {}): Promise<void> {
    const { format, jq } = this.#layout;
    this.#drawRows();
    const rest = { nextCursor: null, ...more };
    if (format === 'json') this.#buffer += `\n],${printableText(JSON.stringify(rest)).slice(1)}\n`;
    if (format === 'yaml') {
      const { yamlOf } = await import('./yaml.ts');
      this.#buffer += `${this.count === 0 ? ' []\n' : ''}${yamlOf(rest)}`;
    }
    if (format === 'jq' && jq !== undefined) {
      const { throughJq } = await import('./transform.ts');
      this.#buffer = printableText(await throughJq(`${this.#buffer}\n],${JSON.stringify(rest).slice(1)}`, jq));
    }
    await this.#flush();
  }

  #checkLength(): undefined {
    if (this.#buffer.length > MOST_FOR_JQ) {
      throw invalidInput(
        '--jq holds the whole list, which is too long for that.',
        'Narrow it, or: --output ndjson | jq …',
      );
    }
  }

  #drawRows(): void {
    if (this.#rows.length === 0 || !this.#render) return;
    this.#buffer += this.#draw(this.#render, this.#rows);
    this.#rows = [];
  }

  async #flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    if (text !== '') await this.#sink.write(text);
  }
}

/** Characters. */
const MOST_FOR_JQ = 200_000_000;
