import { invalidField, TomoError } from '../../model/errors.ts';
import type { Moment } from '../../model/server.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, selectValue, selectValues, sql } from '../port/sql.ts';
import { name } from './dialect.ts';
import type { Mapping } from './mapping.ts';

/** Days that dead sessions stay where their server marks them, and does not say for how long. */
const MARKED_DAYS = 7;
const DAY = 86_400;

/** For how many days they stay after their end. */
export async function daysKept(tx: Transaction, mapping: Mapping, asked: number | null): Promise<number> {
  const { description, catalogue, qualified } = mapping;
  if (asked !== null) return asked;
  const { keeps } = description.cleanup ?? {};
  if (keeps && catalogue.tables.get(keeps.table)?.columns.has(keeps.column)) {
    const [days] = await selectValues<number | bigint | null>(
      tx,
    )`select ${name(keeps.column)} from ${qualified(keeps.table)} limit 1`;
    if (days !== undefined && days !== null) return Number(days);
  }
  return description.revoke.set === null ? 0 : MARKED_DAYS;
}

/** That a session has run out so many days ago; never running out is no end. */
export function isOverdue({ expires, dialect }: Mapping, days: number): Sql {
  return expires ? sql`(${expires.is('<=', before(dialect, days))} and ${expires.value} is not null)` : sql`false`;
}

/** That a session has run out, or was ended, so many days ago. */
export function isDead(mapping: Mapping, days: number): Sql {
  const { ended, dialect } = mapping;
  const overdue = isOverdue(mapping, days);
  return ended?.at ? sql.or([overdue, sql`(${ended.when} and ${ended.at.is('<=', before(dialect, days))})`]) : overdue;
}

function before(dialect: Mapping['dialect'], days: number): Sql {
  return days === 0 ? dialect.now : dialect.later(dialect.now, sql.raw(String(days * DAY)), '-');
}

/** That a session has run out, and its server has not noted that yet. */
export function isUnmarked(mapping: Mapping): Sql {
  return sql.and(mapping.open, isOverdue(mapping, 0));
}

/**
 * Throws INVALID_INPUT as long as something that decides who is dead was only assumed. `given`: what the
 * operator has named.
 */
export function requireKnown({ description, zone }: Mapping, given: Readonly<Record<string, string>>): void {
  const { title, name: server, options = {} } = description;
  if (zone && !zone.named) {
    throw invalidField(
      'server',
      `${title} writes its times without a zone. In another one than ${zone.name}, that of this database, live sessions would look dead, so nothing was deleted.`,
      `Name the zone of its connections, e.g. ${server}:zone=America/New_York or ${server}:zone=UTC`,
    );
  }
  const assumed = spansOf(description.expires).filter((option) => given[option] === undefined);
  if (assumed.length === 0) return;
  const example = assumed.map((option) => `${option}=${options[option]?.preset ?? '2h'}`).join(',');
  throw invalidField(
    'server',
    `Only the configuration of ${title} says how long a session lives. With less than that live sessions would be deleted, so nothing was.`,
    `Name it as it is set there, e.g. ${server}:${example}`,
  );
}

/** Options on which it depends when a session runs out. */
function spansOf(moment: Moment | undefined): string[] {
  if (moment === undefined) return [];
  if ('earliest' in moment) return moment.earliest.flatMap(spansOf);
  const span = 'minus' in moment ? moment.minus : 'plus' in moment ? moment.plus : undefined;
  return span && 'option' in span ? [span.option] : [];
}

/** Sessions among which the newest activity is looked for: those that live longest. */
const LOOKED_AT = 10_000;
/** Seconds by which clocks may differ. */
const TOLERANCE = 60;

/**
 * Throws TIMES_AHEAD where activity lies in the future: then the zone that was named is not the one in
 * which it was written.
 */
export async function requirePast(tx: Transaction, { description, zone, table, ...mapping }: Mapping): Promise<void> {
  const { expires, only } = mapping;
  const seen = mapping.active ?? mapping.created;
  if (!zone || !expires || !seen) return;
  const ahead = await selectValue<number | null>(tx)`
    select extract(epoch from max(at) - now())::float8 from (
      select ${seen.value} as at from ${table} s where ${only} and ${expires.order} is not null
       order by ${expires.order} desc limit ${LOOKED_AT}) newest`;
  if (ahead === null || ahead <= TOLERANCE) return;
  const hours = Math.round(ahead / 360) / 10;
  const far = hours < 1 ? `${Math.round(ahead / 60)} minutes` : `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
  throw new TomoError(
    'TIMES_AHEAD',
    `Refused: in the zone ${zone.name} somebody was active ${far} from now, so ${description.title} writes its times in another one. Nothing was changed.`,
    {
      hint: `Name the zone of its connections, which is at least so far east of ${zone.name}, e.g. ${description.name}:zone=Asia/Tokyo`,
      details: { zone: zone.name, secondsAhead: Math.round(ahead) },
    },
  );
}
