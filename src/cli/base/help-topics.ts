import { ENVIRONMENT } from './environment.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** What `tomo help TOPIC` explains beside the commands. */
export interface HelpTopic {
  summary: string;
  /** Terms and what they mean, in sections. */
  sections: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The topic that explains this term: a flag, also without its dashes, a variable or another word of it. */
export function topicAbout(word: string): HelpTopic | undefined {
  const plain = (text: string) => text.replace(/^--?/, '');
  // of no article
  if (/^[a-z]?$/i.test(plain(word))) return undefined;
  const explains = ({ sections }: HelpTopic) =>
    Object.values(sections).some((terms) =>
      Object.keys(terms).some((term) => term.split(/[\s,=]+/).some((one) => plain(one) === plain(word))),
    );
  const name = Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : undefined;
  return name === undefined ? Object.values(HELP_TOPICS).find(explains) : HELP_TOPICS[name];
}

/** What somebody asks for help with who means a topic that has no such term. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  output: 'formats',
  columns: 'formats',
  env: 'environment',
  variables: 'environment',
  exit: 'exit-codes',
};

export const HELP_TOPICS: Readonly<Record<string, HelpTopic>> = {
  'exit-codes': { summary: 'What the exit code of a command says', sections: { 'EXIT CODES': EXIT_CODES } },
  environment: {
    summary: 'The environment variables that tomo reads',
    sections: {
      ENVIRONMENT,
      SETTINGS: {
        'SESSION_TIMEOUT, …':
          'Variables of the server: tomo config show names each. They decide nothing here; tomo config apply-env writes them into the database.',
      },
    },
  },
  filters: {
    summary: 'How sessions are selected, in list, revoke and everywhere',
    sections: {
      FILTERS: {
        '--user NAME': 'Sessions of this user; case does not matter.',
        '--ip 203.0.113.7, 203.0.113.0/24, 2001:db8::/32': 'From this address or network.',
        '--since TIME, --until TIME': 'Logged in at or after, before.',
        '--live-since 22:00 --live-until 06:00':
          'Live at some moment between: from the login until it ended, and all along if it was restored after a revocation. Of any --state, unless one is given; a revocation takes the live ones.',
        '--idle-for DURATION': 'Without activity for at least this long.',
        '--device "firefox on win"':
          'Browser and system, or the label of the device, have these words, or words that begin so; "unknown": of which nothing is known.',
        '--device 7c1d20aa': 'The device with this id; the digits of device list are enough.',
        '--device form:mobile, --device agent:TEXT':
          'By form (desktop, mobile, tablet, tv, bot, tool); by a part of the user agent.',
        '--country DE': 'Two letters of ISO 3166.',
        '--method password': 'The way of logging in.',
        '--related-to 3f2a9c41':
          'What shares address, network (/24, IPv6 /64), device or its fingerprint with this session, itself included.',
        '--relation device': 'With --related-to: only what shares this.',
        '--state active':
          'active: the server would accept it now. How it ended: expired, logged-out, evicted (by the session limit), revoked. ended, all.',
        '--mine': 'Your own; TOMO_TOKEN says who you are.',
        '--not-user NAME, --not-ip, --not-country …':
          'Not what the filter without "not-" selects. What is not known is not selected: a session without a country is not in DE, so --not-country DE has it. The opposite of --since is --until.',
      },
      TOGETHER: {
        'several filters': 'A session must match all of them.',
        'the same one again':
          'A session must match one of the values: --user alice --user bob. With --not-, none of them.',
        'list, then revoke': 'The same filters select the same sessions, so a list is the preview of a revocation.',
      },
      TIMES: {
        '2026-11-23T14:30': 'ISO 8601; local time without an offset, else Z or +01:00.',
        '2026-11-23, today, yesterday': 'The first moment of that day, local; "yesterday 22:00": that moment of it.',
        '22:00, monday, nov 28':
          'The last one that has been, also with a time: "monday 9:30". With --since and --until both, the first is the last before the second: --since 22:00 --until 06:00 is one night.',
        '90m, 1d12h, 2w': 'That long ago; as a duration, that long.',
        'what a view prints': '"3m ago", "in 57m", "2026-11-23 14:30:59 +01:00" and the like.',
        'when clocks change': 'A time that is skipped is an hour later, one that comes twice is the first.',
      },
      IDS: { '3f2a9c41': 'The first digits are enough, 4 or more, as long as only one session begins with them.' },
    },
  },
  formats: {
    summary: 'The formats of lists, and what a script can rely on',
    sections: {
      FORMATS: {
        table:
          'For people: fits the terminal, relative times, in pages; what does not fit is left out and named. In a pipe where it is asked for.',
        wide: 'More columns, nothing cut. In a pipe exact, between tabs.',
        tsv: 'Into a pipe by itself: every row, the columns of the table between tabs, exact, without heading (--headers).',
        yaml: 'The same as json.',
        json: 'One document with schemaVersion, every row and nextCursor, which is null unless --limit left some out; the same as --json.',
        ndjson: 'A document on each line; every row unless --limit says how many.',
        csv: 'RFC 4180; every row. For Excel: --local-time, --bom. A cell of outside text that a spreadsheet would run begins with an apostrophe.',
        ids: 'Ids only, every one, for another command: tomo session revoke -',
        count: 'How many, exactly.',
      },
      'MADE OF THEM': {
        "--jq '.sessions[].ip'": 'What jq makes of json, texts without quotes.',
        '--template "{{ username }}\\t{{ ip }}"':
          'A line of each row by a Liquid template; the keys are those of json.',
        '--sort COLUMN, --reverse':
          'Any column; those that help names first as the database has them, others by reading all rows.',
      },
      'ON A TERMINAL': {
        pager:
          'What is longer than the screen goes through TOMO_PAGER, "pager" in the config file, PAGER or less (LESS=FRX); --no-pager.',
        'config file': 'listFormat, listColumns and pager: what you always want; scripts do not see the first two.',
      },
      GUARANTEES: {
        'stdout, stderr': 'Results go to stdout, everything else to stderr.',
        'keys of JSON':
          'Never removed or changed within one schemaVersion; new ones may come. Their schema is in the package: schemas/tomo.schema.json.',
        times: 'ISO 8601 with offset, to the microsecond.',
        'control characters': 'Written as \\u escapes in every format, so that no outside text can steer a terminal.',
        'nothing found': 'Exit 0 and an empty list.',
      },
    },
  },
};
