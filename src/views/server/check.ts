import { exactTime } from '../../domain/text/time.ts';
import type {
  CheckedIndex,
  CheckedServer,
  CheckedTime,
  CheckFinding,
  CheckFindingId,
} from '../../model/server-check.ts';
import { renderFacts } from '../facts.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { renderTable } from '../table.ts';
import { relativeTime } from '../time.ts';
import { wrapped } from '../wrap.ts';

const LABEL_WIDTH = 11;

/** What was seen, a part after the other, and last what is wrong with it. */
export function renderCheck(check: CheckedServer, look: Look): string {
  const c = paint(look);
  const { title, schema, table, late, unseen, prunes, findings } = check;
  const where = [schema, table].filter((part) => part !== null).map(printable);
  const parts: [string, string][] = [
    ['Columns', columns(check, look)],
    ['Times: is that right?', times(check, look)],
    ['Rights', rights(check, look)],
    ['Indexes', check.indexes.map(index).join('\n')],
    ['Rows', rows(check, look)],
    ['Latest sessions: is one of them your login?', newest(check, look)],
    [
      'To know',
      renderFacts(
        [
          ['Late', late],
          ['Unseen', unseen],
          ['Pruned by', prunes],
        ].map(fact),
        LABEL_WIDTH,
        look,
      ),
    ],
    ['Findings', findings.map((finding) => words(finding, look)).join('\n')],
  ];
  const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
  const total = problems > 0 ? c.red(plural(problems, 'problem')) : c.green('no problem');
  return [
    `${c.bold(printable(title))}: the table ${where.join('.')}`,
    ...parts.flatMap(([heading, text]) => (text === '' ? [] : [`${c.bold(heading)}\n${text}`])),
    `${total}, ${plural(findings.length - problems, 'warning')}`,
  ].join('\n\n');
}

function fact([label, text]: (string | null)[]): [string, string | null] {
  return [label ?? '', text ?? null];
}

function columns({ columns: all }: CheckedServer, look: Look): string {
  const rowsOf = all.map(({ says, table, column, type, optional }) => [
    says,
    printable(`${table}.${column}`),
    type === null ? (optional ? 'not here, and not needed' : 'MISSING') : printable(type),
  ]);
  return renderTable([{ title: 'SAYS' }, { title: 'COLUMN', shrink: 16 }, { title: 'TYPE', shrink: 12 }], rowsOf, look);
}

function times({ times: all, zone }: CheckedServer, look: Look): string {
  const said = zone && [`Read in the zone ${printable(zone.name)}${zone.named ? '' : ', which is only assumed'}.`];
  return [...all.flatMap((one) => time(one, look)), ...(said ?? [])].join('\n');
}

const KINDS: Record<CheckedTime['declared'], string> = {
  timestamptz: 'a time with a zone',
  'timestamp-utc': 'a time without a zone, in UTC',
  'timestamp-local': 'a time without a zone, in that of the application',
  'epoch-s': 'seconds since 1970',
  'epoch-ms': 'milliseconds since 1970',
  'text-iso': 'text, ISO 8601',
};

function time({ says, column, kind, newest: latest }: CheckedTime, look: Look): string[] {
  const how = kind === null ? 'not readable as a time' : KINDS[kind];
  const values = latest.map((at) => `  ${exactTime(at)} (${relativeTime(at, look.now)})`);
  return [`${says}: ${printable(column)}, ${how}`, ...values];
}

function rights({ rights: seen }: CheckedServer, look: Look): string {
  if (seen === null) return 'Those on the file.';
  const may = (lacking: readonly string[]) =>
    lacking.length === 0 ? 'yes' : `no, lacks ${printable(lacking.join(', '))}`;
  const facts: [string, string][] = [
    ['Role', printable(seen.role)],
    ['May list', may(seen.lackingToList)],
    ['May revoke', may([...seen.lackingToList, ...seen.lackingToRevoke])],
  ];
  return renderFacts(facts, LABEL_WIDTH, look);
}

const USES: Record<CheckedIndex['use'], string> = {
  list: 'lists in the order of',
  user: 'the sessions of a user, by',
  cleanup: 'cleanup, by',
  id: 'a session by its key,',
};

function index({ use, column, there }: CheckedIndex): string {
  return `${there ? 'there   ' : 'lacking '} ${USES[use]} ${printable(column)}`;
}

function rows({ rows: seen }: CheckedServer, look: Look): string {
  if (seen === null) return '';
  const { sessions, all, ofNobody, unnamed, shared } = seen;
  const share = ofNobody && sessions > 0 ? ` (${Math.round((ofNobody / sessions) * 100)} %)` : '';
  return renderFacts(
    [
      ['Sessions', `${sessions}${all ? '' : ' looked at, and more'}`],
      ['Of nobody', ofNobody === null ? 'only a program can tell' : `${ofNobody}${share}`],
      ['Users', unnamed === null ? 'no table of users is here, so they are called by their ids' : null],
      ['Nameless', unnamed ? plural(unnamed, 'user') : null],
      ['Shared', shared?.length ? printable(shared.join(', ')) : null],
    ],
    LABEL_WIDTH,
    look,
  );
}

function newest({ newest: sessions }: CheckedServer, look: Look): string {
  if (sessions.length === 0) return '';
  const when = (at: string | null) => (at === null ? '-' : relativeTime(at, look.now));
  const cells = sessions.map(({ id, username, ip, createdAt, lastActivityAt, expiresAt }) => [
    printable(id).slice(0, 12),
    printable(username ?? '-'),
    printable(ip ?? '-'),
    when(createdAt),
    when(lastActivityAt),
    when(expiresAt),
  ]);
  const titles = ['SESSION', 'USER', 'IP', 'LOGIN', 'ACTIVE', 'EXPIRES'];
  return renderTable(
    titles.map((title) => (title === 'USER' ? { title, shrink: 8 } : { title })),
    cells,
    look,
  );
}

/** What is found, and what to do about it. */
const WORDS: Record<CheckFindingId, (about: string) => string> = {
  'no-table': (table) => `There is no table ${table}. Whose tables are here: tomo server detect`,
  'no-columns': (names) => `The table has no column ${names}. Whose tables are here: tomo server detect`,
  'does-not-fit': (message) => message,
  'zone-assumed': (zone) =>
    `Times without a zone are read in ${zone}, that of this database. Compare the times above, then name the zone with the server: zone=${zone}`,
  'times-ahead': (seconds) =>
    `The latest activity lies ${seconds} seconds in the future, so times are read in the wrong zone, or a clock is wrong. Name the zone of the application: zone=…`,
  'cannot-list': (rights) => `This role cannot list: it lacks ${rights}. What it takes: tomo db grants --role viewer`,
  'cannot-revoke': (rights) =>
    `This role cannot revoke: it lacks ${rights}. What it takes: tomo db grants --role operator`,
  'reads-secrets': (names) =>
    `This role can read ${names}, by which anybody gets in, and needs not. One that cannot: tomo db grants --role operator`,
  'no-index': (names) =>
    `The table is large and no index begins with ${names}: lists by it, or cleanups, read all of it.`,
  'no-sessions': (table) =>
    `The table ${table} is empty. Is it this database, and does the server keep its sessions here?`,
  'unnamed-users': (count) => `Users without a name: ${count}. They are called by their ids.`,
  'shared-names': (names) => `Names that several users have: ${names}. Name those by their ids.`,
};

function words({ id, verdict, about }: CheckFinding, look: Look): string {
  const c = paint(look);
  const label = verdict === 'problem' ? c.red('problem'.padEnd(LABEL_WIDTH)) : c.yellow('warning'.padEnd(LABEL_WIDTH));
  const text = WORDS[id](about.map(printable).join(', '));
  return `${label}${wrapped(text, look.width - LABEL_WIDTH, ' '.repeat(LABEL_WIDTH))}`;
}
