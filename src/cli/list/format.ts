import { didYouMean } from '../../domain/text/did-you-mean.ts';
import { invalidInput } from '../../model/errors.ts';
import { LIST_KEYS, type ListView } from '../../views/columns.ts';
import type { Terminal } from '../base/terminal.ts';
import { configPath, readConfig } from '../connect/config-file.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '../input/flags.ts';

/** How rows are written. `tsv` is what a table is for a program. */
export type Format = OutputFormat | 'jq' | 'template';

/** What a list command takes of how to print. */
export interface FormatFlags<N extends string> {
  output?: OutputFormat | undefined;
  columns?: N[] | undefined;
  count?: boolean;
  headers?: boolean | undefined;
  jq?: string | undefined;
  template?: string | undefined;
  'local-time'?: boolean;
  bom?: boolean;
  pager?: boolean;
}

export interface Layout<N extends string> {
  format: Format;
  /** The columns that are asked for. */
  columns: readonly N[] | undefined;
  headers: boolean;
  localTime: boolean;
  bom: boolean;
  jq?: string | undefined;
  template?: string | undefined;
}

/** Formats that are made of columns. */
const OF_COLUMNS: readonly Format[] = ['table', 'wide', 'csv', 'tsv'];

/**
 * How to print, by what was typed, and on a terminal by the config file: a script gets the same on every machine.
 * Throws INVALID_INPUT.
 */
export function layoutOf<T, N extends string>(
  flags: FormatFlags<N>,
  view: ListView<T, N>,
  terminal: Terminal,
  json: boolean,
): Layout<N> {
  const tty = terminal.stdout.isTTY === true;
  const own: Configured<N> = tty ? configured(view, terminal.env) : {};
  const format = formatOf(flags, tty, json, own.output);
  const ofColumns = OF_COLUMNS.includes(format);
  if (flags.columns && !ofColumns) {
    throw invalidInput(`--columns does not go with ${format} output, which is always complete.`);
  }
  const { output, headers, count } = flags;
  // what one of two formats would silently win over
  if (output !== undefined && output !== 'json' && (json || (count && output !== 'count')))
    throw invalidInput(`--${count && !json ? 'count' : 'json'} and --output ${output} are two formats: which one?`);
  const given = { headers: headers !== undefined, 'local-time': flags['local-time'] === true };
  for (const [name, isGiven] of Object.entries(given)) {
    if (isGiven && !ofColumns) throw invalidInput(`--${name} goes with table, csv and tsv output, not with ${format}.`);
  }
  if (flags.bom && format !== 'csv') throw invalidInput(`--bom goes with csv output, not with ${format}.`);
  return {
    format,
    columns: flags.columns ?? (flags.output === undefined || flags.output === 'table' ? own.columns : undefined),
    headers: flags.headers ?? format !== 'tsv',
    localTime: flags['local-time'] === true,
    bom: flags.bom === true,
    jq: flags.jq,
    template: flags.template,
  };
}

function formatOf<N extends string>(
  { output, count, jq, template }: FormatFlags<N>,
  tty: boolean,
  json: boolean,
  usual: OutputFormat | undefined,
): Format {
  if (count || output === 'count') return 'count';
  if (jq !== undefined) return 'jq';
  if (template !== undefined) return 'template';
  if (json) return 'json';
  // exact and whole, unless a table is asked for by its name
  if (!tty && (output === undefined || output === 'wide')) return output === 'wide' ? 'wide' : 'tsv';
  return output ?? usual ?? 'table';
}

interface Configured<N> {
  output?: OutputFormat | undefined;
  columns?: N[] | undefined;
}

function configured<T, N extends string>({ key, columns }: ListView<T, N>, env: NodeJS.ProcessEnv): Configured<N> {
  const { listFormat, listColumns = {} } = readConfig(env);
  const wrong = (what: string, hint: string | undefined) =>
    invalidInput(`${what} in the config file ${configPath(env)}.`, hint);
  const output = OUTPUT_FORMATS.find((format) => format === listFormat);
  if (listFormat !== undefined && !output) {
    throw wrong(`"listFormat" is "${listFormat}", which is no format,`, `There are: ${OUTPUT_FORMATS.join(', ')}.`);
  }
  const list = Object.keys(listColumns).find((name) => !LIST_KEYS.some((one) => one === name));
  if (list !== undefined) {
    const hint = didYouMean(list, LIST_KEYS) ?? `There are: ${LIST_KEYS.join(', ')}.`;
    throw wrong(`"listColumns" has "${list}", which is no list,`, hint);
  }
  const names = Object.keys(columns) as N[];
  const all = `There are: ${names.join(', ')}.`;
  if (listColumns[key]?.length === 0) throw wrong(`"listColumns" has no column of ${key}`, all);
  const unknown = listColumns[key]?.find((name) => !names.some((one) => one === name));
  if (unknown !== undefined)
    throw wrong(`"listColumns" has "${unknown}", which is no column of ${key},`, didYouMean(unknown, names) ?? all);
  return { output, columns: listColumns[key] as N[] | undefined };
}
