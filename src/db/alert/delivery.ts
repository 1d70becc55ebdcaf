import type { ChannelName, Delivery, OutgoingAlert } from '../../model/alert.ts';
import type { Actor } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import { execute, type Sql, selectDocument, selectJson, selectRow, selectValue, sql } from '../port/sql.ts';
import { ALERT_JSON } from './alerts.ts';

/** Takes one alert that is due for `lease` seconds, or undefined when there is none. */
export async function claimAlert(tx: Transaction, lease: number): Promise<OutgoingAlert | undefined> {
  const [alert] = await selectJson<OutgoingAlert>(tx)`
    select json_build_object('alert', ${ALERT_JSON}, 'email', u.email)::text as json
       from tomo.claim_alerts(1, ${seconds(lease)}) u
      cross join lateral jsonb_populate_record(null::tomo.alerts, u.alert) a`;
  return alert;
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
  const { alert, attempt: n, channels, error, final } = attempt;
  const [recorded] = await selectJson<Recorded>(tx)`
    select json_build_object('delivery', delivery, 'nextAttemptAt', next_attempt_at)::text as json
       from tomo.record_delivery(${alert}::bigint, ${n}, ${channels}::text[], ${error}, ${final})`;
  return recorded ?? { delivery: null, nextAttemptAt: null };
}

/** Ages are in seconds. */
export function reviveAlerts(tx: Transaction, maxAge: number): Promise<number> {
  return selectValue<number>(tx)`select tomo.revive_alerts(${seconds(maxAge)})`;
}

export function expireAlerts(tx: Transaction, maxAge: number): Promise<number> {
  return selectValue<number>(tx)`select tomo.expire_alerts(${seconds(maxAge)})`;
}

function seconds(n: number): Sql {
  return sql`make_interval(secs => ${n}::float8)`;
}

export function recordSending(tx: Transaction, actor: Actor, detail: unknown): Promise<void> {
  return execute(tx)`select tomo.record_sending(${JSON.stringify(actor)}::jsonb, ${JSON.stringify(detail)}::jsonb)`;
}

/** Pending alerts: those whose time has come, and those that wait for their next attempt. */
export interface Outbox {
  due: number;
  waiting: number;
}

export function countOutbox(tx: Transaction): Promise<Outbox> {
  return selectRow<Outbox>(tx)`select due, waiting from tomo.outbox()`;
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

export function forecastSending(
  tx: Transaction,
  { maxAge, retryDead, limit }: { maxAge: number; retryDead: boolean; limit: number },
): Promise<SendForecast> {
  return selectDocument<SendForecast>(tx)`with c as materialized (
       select a.id, a.next_attempt_at, a.delivery = 'dead' as dead,
              tomo.is_stale(a.delivery, a.attempts, a.created_at, now() - ${seconds(maxAge)}) as old,
              a.delivery = 'dead' or a.next_attempt_at <= now() as due
         from tomo.alerts a
        where a.delivery = 'pending'
           or ${retryDead}::boolean and tomo.is_revivable(a.delivery, a.created_at, now() - ${seconds(maxAge)}))
     select json_build_object('due', count(*) filter (where due and not old),
       'waiting', count(*) filter (where not due and not old),
       'tooOld', count(*) filter (where old), 'revived', count(*) filter (where dead), 'first', (
         select coalesce(json_agg(o.outgoing), '[]') from (
           select json_build_object('alert', ${ALERT_JSON}, 'email', u.email) as outgoing
             from c join tomo.alerts a on a.id = c.id join tomo.users u on u.id = a.user_id
            where c.due and not c.old order by c.next_attempt_at, c.id limit ${limit}::bigint) o))::text as json
       from c`;
}
