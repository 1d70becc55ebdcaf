import { isOfValues, MIN_EPOCH, type Relation, writtenOut } from './relations.ts';

/** Where a statement compares with the cuts of a moment. */
const KNOWN = /\/\* known: ([\s\S]*?) \*\//g;
/** The epochs of everybody, which lie with the coordinator. */
const EPOCHS = /\bt\.(epoch|min_epoch)\b/g;
/** A statement about one user. */
const ONE_USER = /\b\w+\.user_id = (p_user|owner)\b/;
/** In a relation: rows of the same user as those of another one. */
const SAME_USER = /\b(\w+)\.(user_id|id) = [sl]\.user_id\b/g;

/** The relations as the statements of a procedure take them: the cuts are known before. */
function withKnownCuts(relations: ReadonlyMap<string, Relation>): Map<string, Relation> {
  const cuts = relations.get('cuts');
  if (!cuts) return new Map(relations);
  const values = namesOf(cuts.columns).map((column) => `cuts_now.${column}`);
  const body = `select ${values.join(', ')} /* known: ${namesOf(cuts.parameters)[0]} */ from (values (1)) one(row)`;
  return new Map([...relations, ['cuts', { ...cuts, body }]]);
}

/** For a statement about one user: worked out once for each row, and not wherever it is named. */
function withFences(relations: ReadonlyMap<string, Relation>): Map<string, Relation> {
  return new Map(
    [...relations].map(([name, relation]) => [
      name,
      isOfValues(relation) ? { ...relation, body: `${relation.body} from (values (1)) one(row) offset 0` } : relation,
    ]),
  );
}

/** The function that reads the cuts for a procedure. */
export function knownCuts(relations: ReadonlyMap<string, Relation>): string {
  const { parameters, columns = [], body } = relations.get('cuts') ?? { parameters: [], body: '' };
  if (body === '') return '';
  return `create or replace function tomo.known_cuts(${parameters.join(', ')}, out epoch bigint, ${columns.map((column) => `out ${column}`).join(', ')})
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  least bigint;
begin
  select e.epoch, e.min_epoch into epoch, least from tomo.epochs e;
  select k.* into ${namesOf(columns).join(', ')} from (${body.replaceAll(MIN_EPOCH, 'least')}) k(${namesOf(columns).join(', ')});
end $$;
`;
}

/**
 * The body of a procedure as a distributed database takes it. What everybody is compared with is read in a step before
 * the statement, on the coordinator, so that a statement about one user is one question to the node that has the user.
 */
export function procedure(body: string, relations: ReadonlyMap<string, Relation>): string {
  const known = withKnownCuts(relations);
  const fenced = withFences(known);
  let uses = false;
  const written = statementsOf(body.replaceAll(/--[^\n]*/g, '')).map((statement) => {
    const user = ONE_USER.exec(statement)?.[1];
    const text = user ? ofOneUser(writtenOut(statement, fenced), user) : writtenOut(statement, known);
    const [moment, other] = new Set([...text.matchAll(KNOWN)].map(([, at = '']) => at));
    if (moment === undefined && text.search(EPOCHS) < 0) return text;
    if (other !== undefined) throw new Error(`${moment} and ${other} in one statement.`);
    const [space = ''] = /^\s*/.exec(text) ?? [];
    const rest = text.slice(space.length).replaceAll(KNOWN, '').replaceAll(EPOCHS, 'cuts_now.$1');
    if (rest.startsWith('elsif')) throw new Error(`Nothing can be read before ${rest.slice(0, 60)}`);
    uses = true;
    const read = moment ? `cuts_now := tomo.known_cuts(${moment});` : 'select e.* into cuts_now from tomo.epochs e;';
    return `${space}${read}${space}${rest}`;
  });
  const text = written.join('');
  if (!uses) return text;
  return /^\s*(?:#\w+ \w+\s+)?declare\b/.test(text)
    ? text.replace(/\bdeclare\b/, 'declare\n  cuts_now record;')
    : text.replace(/\bbegin\b/, 'declare\n  cuts_now record;\nbegin');
}

/** What an index of another table is to be searched by, said of that table, too. */
function ofOneUser(statement: string, user: string): string {
  return statement.replaceAll(SAME_USER, `$& and $1.$2 = ${user}`);
}

/** Its statements, each with the words before it; together they are the body. */
function statementsOf(body: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let [brackets, cases] = [0, 0];
  for (const { 0: token, index } of body.matchAll(/'[^']*'|[();]|\b(?:case|end|begin|then|else|loop)\b/g)) {
    if (token === '(') brackets += 1;
    if (token === ')') brackets -= 1;
    if (brackets > 0) continue;
    if (token === 'case') cases += 1;
    if (token === 'end' && cases > 0) cases -= 1;
    else if (token === ';' || (cases === 0 && /^(?:begin|then|else|loop)$/.test(token))) {
      statements.push(body.slice(start, index + token.length));
      start = index + token.length;
    }
  }
  return [...statements, body.slice(start)];
}

function namesOf(items: readonly string[] = []): string[] {
  return items.map((item) => item.split(' ')[0] ?? '');
}
