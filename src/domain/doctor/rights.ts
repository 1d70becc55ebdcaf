import { selectCallers, selectPublicRights, selectRole, selectTableWriters } from '../../db/doctor/rights.ts';
import { type ForeignFunction, selectForeignFunctions } from '../../db/schema/functions.ts';
import { functionsOf, INTERNAL, type TASKS } from '../../db/schema/grants.ts';
import { selectOpen } from '../../db/schema/kept-rights.ts';
import { check, ok, problem, type Step, warning } from './check.ts';

const WORDS = {
  revoke: 'revoke sessions',
  configure: 'change settings',
  acknowledge: 'acknowledge alerts',
  clean: 'clean up',
  deliver: 'deliver alerts',
  place: 'look places up',
} as const;

const sqlName = (name: string) => `"${name.replaceAll('"', '""')}"`;
const sqlNames = (names: readonly string[]) => names.map((name) => `tomo.${sqlName(name)}`).join(', ');

/** What the role of this connection may do. Lacking something is no fault: it may be meant. */
const able = check('role-rights', 'revoke', 'what this role may do', async (tx) => {
  const { role, functions, unreadable } = await selectRole(tx);
  const may = new Set(functions);
  const lacking = Object.entries(WORDS).flatMap(([task, words]) => {
    const missing = functionsOf([task as keyof typeof TASKS]).filter((name) => !may.has(name));
    return missing.length > 0 ? [{ task, words, missing }] : [];
  });
  const blind = unreadable.length > 0 ? `It may not read ${unreadable.join(', ')}.` : null;
  const revoke = lacking.find(({ task }) => task === 'revoke');
  if (!revoke && !blind) {
    const less = lacking.map(({ words }) => words).join(', ');
    return ok(
      `Permission denied: not for the database role "${role}", which may revoke`,
      [less ? `It may not ${less}.` : null, 'With TOMO_TOKEN the role admin is needed.'].filter(Boolean).join(' '),
    );
  }
  const words = [...lacking.map((task) => task.words), ...(blind ? ['read everything'] : [])];
  const lacks = revoke ? `It lacks EXECUTE on ${revoke.missing.map((name) => `tomo.${name}`).join(', ')}.` : null;
  return warning(
    `Permission denied: the database role "${role}" may not ${words.join(', ')}`,
    [lacks, blind, 'That is right for a viewer, a janitor or a server.'].filter(Boolean).join(' '),
    { do: 'grant', role: 'operator', name: role },
  );
});

const powerful = check('role-power', 'rights', 'whether this role has too many rights', async (tx) => {
  const { role, superuser, owner } = await selectRole(tx);
  if (!superuser && !owner) return ok(`The role "${role}" is neither superuser nor owner of the schema`);
  return warning(
    `The role "${role}" is ${superuser ? 'a superuser' : 'the owner of the schema'}`,
    'Needed only to migrate the schema. It can change the audit and write past every rule; use an operator for daily work.',
    { do: 'grant', role: 'operator', name: 'tomo_operator' },
  );
});

const everybody = check('public-rights', 'rights', 'the rights of PUBLIC', async (tx) => {
  const open = await selectOpen(tx);
  const { tables, create } = await selectPublicRights(tx);
  if (open.length + tables.length === 0 && !create)
    return ok('Everybody (PUBLIC) has no right on tables and on functions that do something');
  const used = tables.toSorted();
  const found = [
    [open, `execute ${open.map((name) => `tomo.${name}`).join(', ')}`, 'select tomo.lock_down();'],
    [used, `use ${used.map((name) => `tomo.${name}`).join(', ')}`, `revoke all on ${sqlNames(used)} from public;`],
    [create ? ['tomo'] : [], 'create in the schema tomo', 'revoke create on schema tomo from public;'],
  ].filter(([names]) => names?.length);
  return problem(
    `Everybody (PUBLIC) may ${found.map(([, words]) => words).join('; ')}`,
    'Whoever can connect to the database can do that.',
    found.map(([, , fix]) => fix).join('\n'),
  );
});

const WRITING = 'insert, update, delete, truncate, trigger';

const writers = check('table-writers', 'rights', 'who may write to the tables', async (tx) => {
  const found = await selectTableWriters(tx);
  if (found.length === 0) return ok('Only the owner writes to the tables; everybody else through the functions');
  return warning(
    `Writes to the tables past the rules: ${found.map(({ role, tables }) => `"${role}" (${tables.join(', ')})`).join('; ')}`,
    'Sessions opened or ended that way pass by limit, alerts and audit. A server needs the functions only.',
    found.map(({ role, tables }) => `revoke ${WRITING} on ${sqlNames(tables)} from ${sqlName(role)};`).join('\n'),
  );
});

const insiders = check('inner-functions', 'rights', 'who may call what only functions call', async (tx) => {
  const found = await selectCallers(tx, INTERNAL);
  if (found.length === 0) return ok('Nobody but the owner may call what only functions call');
  return problem(
    `May call what only functions call: ${found.map(({ role, functions: names }) => `"${role}" (${names.join(', ')})`).join('; ')}`,
    'These check and audit nothing by themselves.',
    found
      .map(({ role, functions: names }) => `revoke execute on function ${sqlNames(names)} from ${sqlName(role)};`)
      .join('\n'),
  );
});

const functions = check('functions', 'rights', 'the text of the functions', async (tx) => {
  const found = await selectForeignFunctions(tx);
  if (found.length === 0) return ok('Every function in the schema is as tomo has installed it');
  const named = (state: ForeignFunction['state']) =>
    found.flatMap((item) => (item.state === state ? [item.signature] : []));
  const [changed, missing, foreign] = [named('changed'), named('missing'), named('unknown')];
  const words = { changed, missing, 'not ours': foreign };
  const titles = Object.entries(words).flatMap(([word, of]) => (of.length > 0 ? [`${word}: ${of.join(', ')}`] : []));
  const steps: Step[] = [
    ...(changed.length + missing.length > 0 ? [{ do: 'migrate', note: 'installs ours again' } as const] : []),
    ...foreign.map((signature) => `drop function ${signature};   -- if nobody needs it`),
  ];
  return changed.length + missing.length > 0
    ? problem(
        `Functions in the schema are not as tomo has installed them: ${titles.join('; ')}`,
        'They decide who is let in, with the rights of their owner.',
        ...steps,
      )
    : warning(`Functions in the schema are ${titles.join('; ')}`, null, ...steps);
});

export const RIGHTS_CHECKS = [able, everybody, writers, insiders, functions];
/** The embedded database has one role only. */
export const SERVER_RIGHTS_CHECKS = [powerful];
