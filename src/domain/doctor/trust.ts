import { selectDefaultRights, selectSecuredTables } from '../../db/doctor/trust.ts';
import { type Binding, selectBindings } from '../../db/schema/bindings.ts';
import { quoteName } from '../../db/schema/grants.ts';
import { MAKER, selectStrangers } from '../../db/schema/strangers.ts';
import { check, ok, problem, type Step, warning } from './check.ts';

const rowSecurity = check('row-security', 'rights', 'row level security', async (tx) => {
  const found = await selectSecuredTables(tx);
  if (found.length === 0) return ok('No table has row level security, which would hide rows');
  return problem(
    `Row level security is on: ${found.map(({ name, forced }) => `tomo.${name}${forced ? ' (forced)' : ''}`).join(', ')}`,
    'With a part of the rows no answer is true: who is limited by it is refused. Forced, that is every server and command.',
    found
      .map(({ name }) => `alter table tomo.${quoteName(name)} disable row level security, no force row level security;`)
      .join('\n'),
  );
});

const bindings = check('bindings', 'rights', 'what the schema calls', async (tx) => {
  const found = await selectBindings(tx);
  if (found.length === 0) return ok('The schema calls nothing but itself and PostgreSQL');
  const titles = found.map(({ type, name, needs, stranger }) => {
    const calls = needs === null ? 'looks names up where its caller does' : `uses ${needs}`;
    return `${type} ${name} ${calls}${stranger === null ? '' : ` of "${stranger}"`}`;
  });
  const worse = found.some(({ needs, stranger }) => needs === null || stranger !== null);
  return (worse ? problem : warning)(
    `In the schema: ${titles.join('; ')}`,
    'It runs with the rights of whoever uses the schema, its owner too.',
    ...wayOut(found),
  );
});

/** Functions and views are made anew; what is not ours goes. */
function wayOut(found: readonly Binding[]): Step[] {
  const isOurs = ({ type }: Binding) => type === 'function' || type === 'rule';
  const others = found.filter((binding) => !isOurs(binding));
  const drop = ({ type, name }: Binding) =>
    /^(trigger|policy|index)$/.test(type) ? `drop ${type} ${name};` : `-- mend or drop: ${type} ${name}`;
  return [
    ...(found.some(isOurs) ? [{ do: 'migrate', note: 'makes functions and views anew' } as const] : []),
    ...new Set(others.map(drop)),
  ];
}

const strangers = check('owners', 'rights', 'who owns the schema', async (tx) => {
  const found = await selectStrangers(tx, MAKER);
  if (found.length === 0) return ok('Nobody but the owner of the schema owns, or may make, anything in it');
  return problem(
    `Not only the owner makes up the schema: ${found.map(({ role, what }) => `"${role}" ${what}`).join('; ')}`,
    'Whoever owns a function or table there, or adds one, decides what everybody else runs and reads.',
    found.map(({ fix }) => fix).join('\n'),
  );
});

const defaults = check('default-rights', 'rights', 'the rights on what is made later', async (tx) => {
  const found = await selectDefaultRights(tx);
  if (found.length === 0) return ok('Nobody gets rights of themselves on what is made later');
  return warning(
    `Rights on what is made later: ${found.map(({ role, right }) => `"${role}" ${right}`).join('; ')}`,
    'Each new table, partition or function gives them away, whatever the roles of db grants have.',
    found.map(({ fix }) => fix).join('\n'),
  );
});

export const TRUST_CHECKS = [rowSecurity, bindings, strangers, defaults];
