/** A function of ours that is a relation: in a plain database the planner puts its body where it is called. */
export interface Relation {
  /** As they are declared: "p_user uuid". */
  parameters: string[];
  /** Its columns, as they are declared; undefined: one, which has the name of whatever it is called. */
  columns: string[] | undefined;
  body: string;
}

const DEFINITION = /^create or replace function tomo\.(\w+)(?=\()/gm;
const RESULT = /^\s*returns (?:table (?=\()|setof \w+)/;
const BODY = /^\s*language sql stable(?: parallel safe)?\s+begin atomic\s+([^;]*);\s*end;/;

/**
 * A walk from one value of an index to the next has no place on several servers: all that there may be. And what is
 * known of everybody before is not known there: each is judged by itself.
 */
const INSTEAD: Record<string, string> = {
  open_epochs: 'select g.epoch from tomo.epochs e cross join lateral generate_series(0, e.epoch) g(epoch)',
  live_epochs: 'select g.epoch from tomo.epochs e cross join lateral generate_series(e.min_epoch, e.epoch) g(epoch)',
  lapsed_pass: `select v.id, v.user_id, v.device_id, v.user_agent_id, v.ip, v.login_method, v.remember_me, v.epoch,
      v.user_epoch, v.created_at, v.last_activity_at, v.activity_bucket, v.country, v.region, v.city, v.isp,
      v.location_check, v.ended_at, v.end_reason, v.ended_by, v.revocation_id, v.state, v.final
    from tomo.verdicts(moment) v
   where v.open and not v.live and v.id in (
     select o from tomo.shut_out(moment) o union all select o from tomo.run_out(moment) o where run_out_too)`,
};

/**
 * The least epoch that is in, of everybody. The coordinator alone has it, so that no server has to be
 * up for it to change.
 */
export const MIN_EPOCH = '(select e.min_epoch from tomo.epochs e)';

/** A text of SQL that reads the epochs beside the settings. */
export function withEpochs(text: string): string {
  return text.replaceAll(/\bt\.(epoch|min_epoch)\b/g, '(select e.$1 from tomo.epochs e)');
}

/** Those that a script of functions defines, by name. */
export function relationsIn(script: string): Map<string, Relation> {
  const found = new Map<string, Relation>();
  const text = script.replaceAll(/--[^\n]*/g, '');
  for (const { 0: head, 1: name = '', index } of text.matchAll(DEFINITION)) {
    const parameters = listAt(text, index + head.length);
    const result = RESULT.exec(text.slice(parameters.end));
    if (!result) continue;
    const at = parameters.end + result[0].length;
    const columns = result[0].endsWith('table ') ? listAt(text, at) : undefined;
    const body = BODY.exec(text.slice(columns?.end ?? at))?.[1];
    const own = INSTEAD[name] ?? (body && withEpochs(body));
    if (own !== undefined) found.set(name, { parameters: parameters.items, columns: columns?.items, body: own });
  }
  return found;
}

/** Words that can follow a relation, and are no name for it. */
const NO_ALIAS = /^(?:where|on|left|right|cross|join|order|group|limit|union|set|loop|offset|for|into|returning)$/;

/**
 * A text of SQL in which each relation that is called after `from` or `join` stands written out, as a planner that
 * works for several servers needs it: it takes no function apart.
 */
export function writtenOut(text: string, relations: ReadonlyMap<string, Relation>): string {
  const call = /\b(?:from|join|lateral|,)\s+(?=tomo\.(\w+)\()/g;
  let written = '';
  let done = 0;
  for (let found = call.exec(text); found; found = call.exec(text)) {
    const { 0: head, 1: name = '', index } = found;
    const relation = relations.get(name);
    if (!relation) continue;
    const start = index + head.length;
    const given = listAt(text, start + `tomo.${name}`.length);
    const [called = '', word = '', named] = /^\s+(?:as\s+)?(\w+)(\([\w, ]+\))?/.exec(text.slice(given.end)) ?? [];
    const isNamed = word !== '' && !NO_ALIAS.test(word);
    const alias = isNamed ? word : name;
    const end = given.end + (isNamed ? called.length : 0);
    const values = given.items.map((item) => writtenOut(item, relations));
    if (isOfValues(relation))
      return writtenOut(withValuesOf(text, { alias, values, from: index, to: end, relation }), relations);
    const columns = isNamed && named ? named : `(${(relation.columns?.map(firstWord) ?? [alias]).join(', ')})`;
    const body = writtenOut(withValues(relation, values), relations);
    written += `${text.slice(done, start)}(${body}) ${alias}${columns}`;
    done = end;
    call.lastIndex = end;
  }
  return written + text.slice(done);
}

function withValues({ parameters, body }: Relation, values: readonly string[]): string {
  return parameters.map(firstWord).reduce((text, name, i) => {
    const value = values[i] ?? 'null';
    const [, qualifier] = /^(\w+)\.\w+$/.exec(value) ?? [];
    // it would mean what is called so in the body
    if (qualifier && new RegExp(`tomo\\.\\w+ ${qualifier}\\b`).test(body))
      throw new Error(`${value} would change its meaning.`);
    const whole = /^[\w.$:]+$/.test(value) ? value : `(${value})`;
    return text.replaceAll(new RegExp(`(?<![\\w.'])${name}\\b`, 'g'), () => whole);
  }, body);
}

/** Whether it reads no table of its own, but for those in its values. */
export function isOfValues({ body }: Relation): boolean {
  return !/\bfrom\b/.test(outermost(body));
}

interface Call {
  alias: string;
  values: string[];
  /** From `lateral` on. */
  from: number;
  to: number;
  relation: Relation;
}

/**
 * `left join lateral tomo.name(…) alias on …` goes, and each of its columns becomes its value, where
 * its condition holds.
 */
function withValuesOf(text: string, { alias, values, from, to, relation }: Call): string {
  const [, on = '', condition = ''] =
    /^(\s+on\s+)([\s\S]*?)(?=\n\s*(?:left join|join|cross join|where)|$)/.exec(text.slice(to)) ?? [];
  const join = text.slice(0, from).lastIndexOf('left join');
  const rest = text.slice(0, join) + text.slice(to + on.length + condition.length);
  const body = withValues(relation, values).replace(/^\s*select/, '');
  const columns = listAt(`(${body})`, 0).items.map((value) => value.replace(/\s+as\s+\w+$/, ''));
  return (relation.columns ?? []).map(firstWord).reduce((all, column, i) => {
    const value = condition === 'true' ? `(${columns[i]})` : `case when ${condition} then ${columns[i]} end`;
    return all.replaceAll(new RegExp(`\\b${alias}\\.${column}\\b`, 'g'), () => value);
  }, rest);
}

const ROW = /\(select row_to_json\(x\) from (?=\(\s*select\b)/;

/**
 * A text of SQL in which each row of named values that becomes JSON is an object: a row without a type is known
 * to one server alone.
 */
export function withObjects(text: string): string {
  const found = ROW.exec(text);
  if (!found) return text;
  const at = found.index;
  const row = listAt(text, at + found[0].length);
  const pairs = row.items.map((item) => {
    const [, value, name] = /^(?:select\s)?([\s\S]*?)\s+as\s+"(\w+)"$/.exec(item) ?? [];
    return `'${name}', ${value}`;
  });
  const end = text.indexOf(')', row.end) + 1;
  return `${text.slice(0, at)}json_build_object(${pairs.join(', ')})${withObjects(text.slice(end))}`;
}

/** Rows without a column are no result that can be sent on. */
export function withColumns(text: string): string {
  return text.replaceAll(/\bselect(?=\s+from\b)/g, 'select 1');
}

/** What of a text stands in no brackets. */
function outermost(text: string): string {
  let depth = 0;
  return [...text]
    .filter((char) => {
      if (char === '(') depth += 1;
      if (char === ')') depth -= 1;
      return depth === 0;
    })
    .join('');
}

/** What stands between brackets that open there, parted by commas, and where they have closed. */
function listAt(text: string, open: number): { items: string[]; end: number } {
  const items: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = open + 1;
  for (let at = open; at < text.length; at += 1) {
    const char = text[at];
    if (char === "'") quoted = !quoted;
    if (quoted) continue;
    if (char === '(' || char === '[') depth += 1;
    if (char === ')' || char === ']') depth -= 1;
    if ((char === ',' && depth === 1) || depth === 0) {
      items.push(text.slice(start, at).trim());
      start = at + 1;
    }
    if (depth === 0) return { items: items.filter((item) => item !== ''), end: at + 1 };
  }
  throw new Error(`Brackets that do not close: ${text.slice(open, open + 60)}`);
}

function firstWord(item: string): string {
  return /^\w+/.exec(item)?.[0] ?? item;
}
