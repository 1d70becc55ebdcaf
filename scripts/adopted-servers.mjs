// The part of docs/adopted-servers.md that follows from the descriptions: a section for each server.
import { adoptedGrants } from '../src/db/adopted/grants.ts';
import { secretColumns } from '../src/db/adopted/needs.ts';
import { KNOWN_SERVERS, REFUSED_SERVERS } from '../src/db/adopted/servers/index.ts';

const ENGINES = { postgres: 'PostgreSQL', sqlite: 'SQLite' };
const code = (text) => `\`${text}\``;

export function withServers(page) {
  const sections = KNOWN_SERVERS.map(section);
  const refused = REFUSED_SERVERS.map(({ title, why, instead }) => `| ${title} | ${why} | ${cell(instead)} |`);
  return between(between(page, 'servers', sections.join('\n\n')), 'refused', refusedTable(refused));
}

function between(page, name, text) {
  const [start, stop] = [`<!-- ${name} -->`, `<!-- ${name}stop -->`];
  return page.replace(new RegExp(`${start}[\\s\\S]*${stop}`), () => `${start}\n${text}\n${stop}`);
}

function refusedTable(rows) {
  return ['| | why | what does it right |', '|---|---|---|', ...rows].join('\n');
}

function section(server) {
  const { name, title, engines, late, unseen, prunes, options = {} } = server;
  const rows = [
    ['runs on', engines.map((engine) => ENGINES[engine]).join(', ')],
    ['sessions', tableOf(server)],
    ['users', usersOf(server)],
    ['known', knownOf(server)],
    ['revoking', revokingOf(server)],
    [
      'undo',
      server.revoke.unset ? 'restores what was set, while the session has not run out' : 'none: the row is gone',
    ],
    ['late', late ?? 'nothing: the table is asked with every request'],
    ['not seen', unseen],
    ['deleted today by', prunes],
    ...Object.entries(options).map(([option, { about, preset }]) => [
      `option ${code(option)}`,
      preset === undefined ? about : `${about} Without it ${code(preset)}.`,
    ]),
  ];
  return [`### ${title}: ${code(name)}`, '', '| | |', '|---|---|', ...rows.map(row), ...grants(server)].join('\n');
}

const cell = (text) => text.replaceAll('|', '\\|');
const row = ([what, text]) => `| ${what} | ${cell(text)} |`;

function tableOf({ schema, table, key }) {
  const where = schema ? `${schema}.${table}` : table;
  const id = key.secret ? 'whoever knows it is in: its hash is the id' : 'the id of a session';
  return `${code(where)}, key ${code(key.column)}: ${id}`;
}

function usersOf({ user }) {
  const { table, names = [], decode, places = [] } = user;
  const whose = decode ? `read from ${code(decode.column)}` : places.map(placed).join(' or ');
  if (!table) return `${whose}, which is the name`;
  return `${whose}, the ${code(user.key ?? 'id')} of ${code(table)}; called by ${names.map(placed).join(' or ')}`;
}

const placed = (place) => code(typeof place === 'string' ? place : [place.column, ...(place.path ?? [])].join('.'));

function knownOf({ created, active, expires, ip, agent, ended }) {
  const every = active?.every === undefined ? '' : ` (moves at most every ${everyOf(active.every)})`;
  const known = [
    [created, 'when it began'],
    [active, `the last activity${every}`],
    [expires, 'when it runs out'],
    [ended, 'that it has ended'],
    [ip, 'the address'],
    [agent, 'the browser'],
  ];
  return known.flatMap(([has, words]) => (has ? [words] : [])).join(', ');
}

function everyOf(every) {
  return typeof every === 'number' ? `${every / 60} minutes` : code(every.option);
}

function revokingOf({ revoke }) {
  const set = (columns) => `sets ${Object.keys(columns).map(code).join(', ')}`;
  const also = (revoke.also ?? []).map((one) => `and in ${code(one.table)} ${one.set ? set(one.set) : 'deletes rows'}`);
  const again = revoke.recheck === undefined ? [] : [`looks again after ${revoke.recheck} seconds`];
  return [[revoke.set ? set(revoke.set) : 'deletes the row', ...also].join(' '), ...again].join('; ');
}

/** Of a role that revokes, and cleans up. */
function grants(server) {
  if (!server.engines.includes('postgres')) return [];
  const optional = (server.user.names ?? []).length > 1;
  const words = optional
    ? 'Rights of a role that revokes (of the names of users those that there are):'
    : 'Rights of a role that revokes:';
  const hidden = secretColumns(server, new Map());
  const without = hidden.length > 0 ? [`-- ${hidden.join(', ')}: not read`] : [];
  const statements = adoptedGrants(server, { name: 'tomo_operator', kind: 'operator' });
  return ['', words, '', '```sql', ...without, ...statements, '```'];
}
