import type { ChannelName, Delivery, OutgoingAlert } from '../../model/alert.ts';
import type { Actor } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { ALERT_JSON } from './alerts.ts';

interface JsonRow {
  json: string;
}

const OUTGOING_JSON = `json_build_object('alert', ${ALERT_JSON}, 'email', u.email)::text as json`;

/** Takes one alert that is due for `lease` seconds, or undefined when there is none. */
export async function claimAlert(tx: Transaction, lease: number): Promise<OutgoingAlert | undefined> {
  const [row] = await tx.query<JsonRow>(
    `select ${OUTGOING_JSON} from tomo.claim_alerts(1, make_interval(secs => $1::float8)) u cross join lateral (select (u.alert).*) a`,
    [lease],
  );
  return row ? (JSON.parse(row.json) as OutgoingAlert) : undefined;
}

/** What became of an alert after an attempt; `delivery` null when it is gone. */
export interface Recorded {
  delivery: Delivery | null;
  /** When it falls due again. */
  nextAttemptAt: string | null;
}

/** `error` null: everybody has it. `final`: there is no use in trying again. */
export async function recordDelivery(
  tx: Transaction,
  attempt: { alert: number; attempt: number; channels: ChannelName[]; error: string | null; final: boolean },
): Promise<Recorded> {
  const [row] = await tx.query<JsonRow>(
    `select json_build_object('delivery', delivery, 'nextAttemptAt', next_attempt_at)::text as json
       from tomo.record_delivery($1::bigint, $2, $3::text[], $4, $5)`,
    [attempt.alert, attempt.attempt, attempt.channels, attempt.error, attempt.final],
  );
  return row ? (JSON.parse(row.json) as Recorded) : { delivery: null, nextAttemptAt: null };
}

/** Ages are in seconds. */
export async function reviveAlerts(tx: Transaction, maxAge: number): Promise<number> {
  const [row] = await tx.query<{ n: number }>('select tomo.revive_alerts(make_interval(secs => $1::float8)) as n', [
    maxAge,
  ]);
  return row?.n ?? 0;
}

export async function expireAlerts(tx: Transaction, maxAge: number): Promise<number> {
  const [row] = await tx.query<{ n: number }>('select tomo.expire_alerts(make_interval(secs => $1::float8)) as n', [
    maxAge,
  ]);
  return row?.n ?? 0;
}

export async function recordSending(tx: Transaction, actor: Actor, detail: unknown): Promise<void> {
  await tx.query('select tomo.record_sending($1::jsonb, $2::jsonb)', [JSON.stringify(actor), JSON.stringify(detail)]);
}

/** Pending alerts: those whose time has come, and those that wait for their next attempt. */
export interface Outbox {
  due: number;
  waiting: number;
}

export async function countOutbox(tx: Transaction): Promise<Outbox> {
  const [row] = await tx.query<Outbox>('select due, waiting from tomo.outbox()');
  return row ?? { due: 0, waiting: 0 };
}

/** What a run would do, by the conditions that the functions above read. */
export interface SendForecast {
  due: number;
  waiting: number;
  tooOld: number;
  revived: number;
  /** The first ones that would be sent. */
  first: OutgoingAlert[];
}

export async function forecastSending(
  tx: Transaction,
  options: { maxAge: number; retryDead: boolean; limit: number },
): Promise<SendForecast> {
  const [row] = await tx.query<JsonRow>(
    `with c as materialized (
       select a.id, a.next_attempt_at, a.delivery = 'dead' as dead,
              tomo.is_stale(a, now() - make_interval(secs => $1::float8)) as old,
              a.delivery = 'dead' or a.next_attempt_at <= now() as due
         from tomo.alerts a
        where a.delivery = 'pending' or $2::boolean and tomo.is_revivable(a, now() - make_interval(secs => $1::float8)))
     select json_build_object('due', count(*) filter (where due and not old), 'waiting', count(*) filter (where not due and not old),
       'tooOld', count(*) filter (where old), 'revived', count(*) filter (where dead), 'first', (
         select coalesce(json_agg(o.outgoing), '[]') from (
           select json_build_object('alert', ${ALERT_JSON}, 'email', u.email) as outgoing
             from c join tomo.alerts a on a.id = c.id join tomo.users u on u.id = a.user_id
            where c.due and not c.old order by c.next_attempt_at, c.id limit $3) o))::text as json
       from c`,
    [options.maxAge, options.retryDead, options.limit],
  );
  return row ? (JSON.parse(row.json) as SendForecast) : { due: 0, waiting: 0, tooOld: 0, revived: 0, first: [] };
}
