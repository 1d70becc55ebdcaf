import * as Flags from '@oclif/core/flags';
import { parseDuration } from '../../domain/text/time.ts';
import { invalidInput } from '../../model/errors.ts';
import { columnNames, type ListView } from '../../views/columns.ts';

/** May be repeated. */
export const several = { multiple: true, multipleNonGreedy: true } as const;
/** Also as a list: of values that hold no comma themselves. */
export const listed = { ...several, delimiter: ',' } as const;

/** One of these, and which one it is by itself. */
export function choiceFlag<const T extends readonly string[]>(
  options: T,
  fallback: T[number],
  description: string,
  more: { char?: 'o'; helpGroup?: string; aliases?: string[] } = {},
) {
  return Flags.option({ ...more, options, default: fallback, description })();
}

/** On or off. */
export function switchFlag(description: string, char?: 'f' | 'n' | 'y') {
  return Flags.boolean({ ...(char ? { char } : {}), default: false, description });
}

/** One that takes a text. */
export function valueFlag(helpValue: string, description: string, char?: 'o' | 'u') {
  return Flags.string({ ...(char ? { char } : {}), description, helpValue });
}

/** One that has a value by itself. */
export function presetFlag(fallback: string, helpValue: string, description: string, aliases: string[] = []) {
  return Flags.string({ default: fallback, description, helpValue, aliases });
}

export const reasonFlag = Flags.custom<string>({ helpValue: '<text>', parse: async (text) => parseReason(text) });

/** What every command that ends sessions takes. */
export const revokeFlags = {
  reason: reasonFlag({ description: 'Why; kept with the revocation and in the audit.' }),
  compromised: switchFlag('For a compromise: this revocation can never be undone. Asks about ids, too.'),
  'dry-run': dryRunFlag('what would be revoked'),
  expect: integerFlag({ min: 0, max: Number.MAX_SAFE_INTEGER })({
    description: 'Refuse (exit 6) unless exactly this many sessions match.',
  }),
  yes: switchFlag('Do not ask. Needed without a terminal.', 'y'),
};

/** What every command that changes settings takes. */
export const settingFlags = {
  reason: reasonFlag({ description: 'Why; kept in the audit.' }),
  simulate: Flags.boolean({
    char: 'n',
    aliases: ['dry-run'],
    default: false,
    description:
      'Only say what would happen, to live sessions, at the next logins and at the next cleanup; change nothing.',
  }),
  yes: switchFlag('Do not ask. Needed without a terminal where something would be lost for good.', 'y'),
};

/** For the one setting that a user can have of their own. */
export const userLimitFlag = valueFlag('<name>', 'The limit of this user alone; only for max_sessions_per_user.', 'u');

export const keepFlag = Flags.string({
  ...listed,
  description: 'Leave this session alone (id or prefix; must be live); may be repeated.',
  helpValue: '<id>',
});

/** As arguments, too: the spelling of other tools. */
export const usernamesFlag = Flags.string({
  ...several,
  hidden: true,
  aliases: ['user'],
  char: 'u',
  helpValue: '<name>',
});

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv', 'tsv', 'ids', 'count'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What a list with pages takes. */
export const pageFlags = {
  limit: integerFlag({ min: 1, max: 10_000 })({
    char: 'l',
    aliases: ['last'],
    description: 'Rows on a page. [default: 50 in a table on a terminal; else every row]',
    exclusive: ['all'],
  }),
  all: Flags.boolean({ char: 'a', description: 'Every row, without pages.' }),
  after: valueFlag('<cursor>', 'The page that begins after this cursor.'),
  count: Flags.boolean({ description: 'Only how many there are, exactly; the same as --output count.' }),
};

/** Of whatever has columns; for the one who opens it in a spreadsheet, too. */
export const columnFlags = {
  headers: Flags.boolean({ allowNo: true, description: 'A line of headings. [default: in a table and in csv]' }),
  'local-time': Flags.boolean({ description: 'Times as 2026-11-23 14:30:59, in the time zone of this machine.' }),
  bom: Flags.boolean({ description: 'csv begins with the mark by which Excel knows UTF-8.' }),
};

/** What is made for programs. */
export const exportFlag = choiceFlag(['ndjson', 'csv'], 'ndjson', 'How to print.', { char: 'o', aliases: ['format'] });

/** Seconds: "10m". */
export const durationFlag = Flags.custom<number>({
  helpValue: '<duration>',
  parse: async (text, _context, { name }) => parseDuration(text, name),
});

/** One that has a value by itself, in seconds, which the description says in words. */
export function presetDurationFlag(seconds: number, description: string) {
  return durationFlag({ default: seconds, defaultHelp: async () => undefined, description });
}

export const watchFlags = {
  // without a default, which --interval would take for one that is given
  watch: Flags.boolean({
    char: 'w',
    description: 'Show the list as it changes, until Ctrl-C; with --output ndjson, write each event as a line.',
    exclusive: ['all', 'after', 'count'],
  }),
  interval: intervalFlag(),
};

function intervalFlag() {
  return durationFlag({
    dependsOn: ['watch'],
    description: 'Between two looks. [default: 2s; at least 5s on the embedded database]',
  });
}

/** What a command with a live picture takes. */
export const pulseFlags = {
  watch: Flags.boolean({
    char: 'w',
    description: 'Draw what happens, minute by minute, until Ctrl-C: logins, ends, revocations, alerts.',
  }),
  interval: intervalFlag(),
};

/**
 * What every list takes: its order, how to print it, and which columns. Ids only where its rows have one. `usual`: the
 * order without one.
 */
export function listFlags<T, N extends string>({ columns, orders = {} }: ListView<T, N>, usual = '') {
  const own = Object.keys(orders);
  const others = columnNames(columns).filter((name) => !own.includes(name));
  const quick = own.length > 0 ? `${own.join(', ')}: as the database has it. By any other column ` : 'By a column ';
  return {
    sort: Flags.option({
      options: [...own, ...others],
      description: `${quick}all rows are read: texts and numbers rising, times latest first, what is empty last.${usual}`,
      helpValue: '<column>',
      parse: async (text: string) => text.toLowerCase(),
    })(),
    reverse: Flags.boolean({ default: false, description: 'The other way around.' }),
    output: Flags.option({
      options: 'id' in columns ? OUTPUT_FORMATS : OUTPUT_FORMATS.filter((format) => format !== 'ids'),
      char: 'o',
      aliases: ['format'],
      description: 'How to print. [default: table on a terminal; else its columns between tabs]',
    })(),
    columns: Flags.option({
      ...listed,
      options: columnNames(columns),
      description: 'Columns, separated by commas.',
      helpValue: '<names>',
      parse: async (text: string) => text.toLowerCase() as N,
    })(),
    ...columnFlags,
    jq: Flags.string({
      helpValue: '<program>',
      description: 'What jq makes of --output json, texts without quotes.',
      exclusive: ['output', 'columns', 'count', 'template'],
    }),
    template: Flags.string({
      helpValue: '<text>',
      description: 'A line of each row by a Liquid template, e.g. "{{ id }}\\t{{ ip }}"; the keys are those of json.',
      exclusive: ['output', 'columns', 'count'],
    }),
    pager: Flags.boolean({
      allowNo: true,
      description: 'On a terminal, through TOMO_PAGER or PAGER what is longer than the screen. [default: yes]',
    }),
  };
}

/** A whole number in a range. */
export function integerFlag(range: { min: number; max: number }) {
  return Flags.custom<number>({
    helpValue: '<n>',
    parse: async (text, _context, { name }) => {
      const n = /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
      if (!(n >= range.min && n <= range.max)) {
        const words =
          range.max === Number.MAX_SAFE_INTEGER ? `of at least ${range.min}` : `from ${range.min} to ${range.max}`;
        throw invalidInput(`--${name}: "${text}" is not a whole number ${words}.`);
      }
      return n;
    },
  });
}

/** Days: "30d", "2w" or a bare number. */
export const daysFlag = Flags.custom<number>({
  helpValue: '<days>',
  parse: async (text, _context, { name }) => {
    const days = /^\d{1,4}$/.test(text.trim()) ? Number(text) : parseDuration(text, name) / 86_400;
    if (!Number.isInteger(days) || days < 1 || days > 3650) {
      throw invalidInput(`--${name}: "${text}" is not a whole number of days from 1 to 3650.`);
    }
    return days;
  },
});

function parseReason(text: string): string {
  const reason = text.trim();
  if (reason.length > 500) throw invalidInput(`--reason is ${reason.length} characters long; at most 500 are kept.`);
  return reason;
}

/** `what`: it says, instead of doing it. */
export function dryRunFlag(what: string) {
  return switchFlag(`Only say ${what}; change nothing.`, 'n');
}
