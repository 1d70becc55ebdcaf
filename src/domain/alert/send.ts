import * as sql from '../../db/alert/delivery.ts';
import { type Database, read, write } from '../../db/port/database.ts';
import type { ChannelName, OutgoingAlert } from '../../model/alert.ts';
import type { Actor } from '../../model/session.ts';
import { Budget, type Pace } from '../batch/budget.ts';

/** A way out for alerts. */
export interface Channel {
  readonly name: ChannelName;
  /** Where this alert goes, in words without secrets; null: nobody there to get it. */
  recipient(outgoing: OutgoingAlert): string | null;
  /** Throws an error whose message is fit to be kept and shown: see DeliveryError. */
  deliver(outgoing: OutgoingAlert): Promise<void>;
  close?(): void;
}

/** A delivery that failed. The message names no password and no path of a URL. */
export class DeliveryError extends Error {
  /** Nobody would have got through: the server cannot be reached, or does not let us in. */
  readonly unreachable: boolean;

  constructor(message: string, options: { unreachable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'DeliveryError';
    this.unreachable = options.unreachable;
  }
}

/** An alert is a batch. */
export interface SendOptions extends Pace {
  actor: Actor;
  channels: readonly Channel[];
  /** Alerts to try at most; null: all that are due. */
  limit: number | null;
  /** Seconds; older ones that were never tried are given up. */
  maxAge: number;
  /** Try those again that were given up and are not older than that. */
  retryDead: boolean;
}

/** An alert that did not get through. */
export interface SendProblem {
  id: number;
  username: string;
  error: string;
  /** Null: given up. */
  nextAttemptAt: string | null;
}

export interface SendReport {
  sent: number;
  /** Will be tried again. */
  failed: number;
  dead: number;
  /** Given up untried. */
  tooOld: number;
  /** Dead ones that were given another try. */
  revived: number;
  /** What is left in the outbox: due now, and waiting for the next attempt. */
  due: number;
  waiting: number;
  /** The first ones. */
  problems: SendProblem[];
  /** Channels that were given up for this run, as nobody answered there. */
  unreachable: ChannelName[];
  interrupted: boolean;
  /** Alerts are due and were not tried: out of time, interrupted, or no channel can be reached. */
  workRemains: boolean;
}

/** Deliveries at a time. */
const CONCURRENCY = 5;
/** Seconds. Longer than a delivery can take on all channels together. */
const LEASE = 120;
/** So many failures in a row to reach a channel, and it is left alone for the rest of the run. */
const PATIENCE = 3;
const MAX_PROBLEMS = 20;

/**
 * Delivers what is due: claims an alert, delivers it outside of any transaction, records the result, one short
 * transaction each. At least once: a run that is killed between delivering and recording leaves an alert that is sent
 * again when its lease is over. Any number of runs may go on at once.
 */
export async function sendAlerts(db: Database, options: SendOptions): Promise<SendReport> {
  const { channels, limit, maxAge } = options;
  const budget = new Budget(options);
  const failuresInARow = new Map<ChannelName, number>();
  const problems: SendProblem[] = [];
  const unreachable: ChannelName[] = [];
  const counts = { sent: 0, failed: 0, dead: 0, tooOld: 0, revived: 0 };
  let claimed = 0;
  let failure: unknown;

  if (options.retryDead) counts.revived = await write(db, (tx) => sql.reviveAlerts(tx, maxAge));
  counts.tooOld = await write(db, (tx) => sql.expireAlerts(tx, maxAge));
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, limit ?? CONCURRENCY) }, () => work()));
  if (failure !== undefined) {
    await record().catch(() => {});
    throw failure;
  }
  const { due, waiting } = await read(db, (tx) => sql.countOutbox(tx));
  const { interrupted } = budget;
  const report = { ...counts, due, waiting, problems, unreachable, interrupted, workRemains: due > 0 && mustStop() };
  await record();
  return report;

  /**
   * One alert after the other; several of these at once. Claimed one by one, a lease runs only while its
   * alert is delivered.
   */
  async function work(): Promise<void> {
    while (!mustStop() && (limit === null || claimed < limit)) {
      claimed += 1;
      try {
        const outgoing = await write(db, (tx) => sql.claimAlert(tx, LEASE));
        if (!outgoing) return;
        await deliver(outgoing);
      } catch (error) {
        // of the database: the others finish what they have begun, so that it is recorded if it can be
        failure ??= error;
        return;
      }
    }
  }

  function mustStop(): boolean {
    return failure !== undefined || budget.isUsedUp() || channels.length === unreachable.length;
  }

  async function deliver(outgoing: OutgoingAlert): Promise<void> {
    const { id, username, delivered, attempts } = outgoing.alert;
    const wanted = channels.filter((channel) => channel.recipient(outgoing) !== null);
    const open = wanted.filter(({ name }) => !(name in delivered));
    const outcomes = await Promise.all(
      open.map(async (channel) => ({ name: channel.name, error: await attempt(channel, outgoing) })),
    );
    const nobody = wanted.length === 0;
    const failures = outcomes.flatMap(({ name, error }) => (error === null ? [] : [`${name}: ${error}`]));
    const error = nobody
      ? 'nobody to send it to: the user has no usable e-mail address, and no operator copy or webhook is set up'
      : failures.join('; ') || null;
    const done = outcomes.flatMap((outcome) => (outcome.error === null ? [outcome.name] : []));
    const { delivery, nextAttemptAt } = await write(db, (tx) =>
      sql.recordDelivery(tx, { alert: id, attempt: attempts, channels: done, error, final: nobody }),
    );
    if (error === null) counts.sent += 1;
    else {
      const dead = delivery === 'dead';
      counts[dead ? 'dead' : 'failed'] += 1;
      if (problems.length < MAX_PROBLEMS)
        problems.push({ id, username, error, nextAttemptAt: dead ? null : nextAttemptAt });
    }
    options.onProgress?.(counts.sent);
  }

  /** Returns null, or why it failed. */
  async function attempt(channel: Channel, outgoing: OutgoingAlert): Promise<string | null> {
    const { name } = channel;
    if (unreachable.includes(name)) return 'not tried, as nobody had answered there before';
    try {
      await channel.deliver(outgoing);
      failuresInARow.delete(name);
      return null;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      const failures = error.unreachable ? (failuresInARow.get(name) ?? 0) + 1 : 0;
      failuresInARow.set(name, failures);
      if (failures >= PATIENCE && !unreachable.includes(name)) unreachable.push(name);
      return error.message;
    }
  }

  async function record(): Promise<void> {
    if (Object.values(counts).every((n) => n === 0)) return;
    await write(db, (tx) => sql.recordSending(tx, options.actor, counts));
  }
}

export interface SendPreview {
  dryRun: true;
  due: number;
  waiting: number;
  tooOld: number;
  revived: number;
  /** The first ones that would be sent, and where. */
  first: (OutgoingAlert & { recipients: { channel: ChannelName; to: string }[] })[];
}

/** What sendAlerts would do now; changes nothing and connects to no channel. */
export async function previewSending(
  db: Database,
  options: Pick<SendOptions, 'channels' | 'maxAge' | 'retryDead'> & { limit: number },
): Promise<SendPreview> {
  const { first, ...counts } = await read(db, (tx) => sql.forecastSending(tx, options));
  const recipientsOf = (outgoing: OutgoingAlert) =>
    options.channels.flatMap((channel) => {
      const to = channel.name in outgoing.alert.delivered ? null : channel.recipient(outgoing);
      return to === null ? [] : [{ channel: channel.name, to }];
    });
  return {
    dryRun: true,
    ...counts,
    first: first.map((outgoing) => ({ ...outgoing, recipients: recipientsOf(outgoing) })),
  };
}
