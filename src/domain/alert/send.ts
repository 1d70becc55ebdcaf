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
 * Delivers what is due: claims an alert, delivers it outside of any transaction, records the result, one short transaction
 * each. At least once: a run that is killed between delivering and recording leaves an alert that is sent again when its
 * lease is over. Any number of runs may go on at once.
 */
export function sendAlerts(db: Database, options: SendOptions): Promise<SendReport> {
  return new Run(db, options).all();
}

class Run {
  readonly #db: Database;
  readonly #options: SendOptions;
  readonly #budget: Budget;
  readonly #failuresInARow = new Map<ChannelName, number>();
  readonly #report: SendReport = {
    sent: 0,
    failed: 0,
    dead: 0,
    tooOld: 0,
    revived: 0,
    due: 0,
    waiting: 0,
    problems: [],
    unreachable: [],
    interrupted: false,
    workRemains: false,
  };
  #claimed = 0;
  #failure: unknown;

  constructor(db: Database, options: SendOptions) {
    this.#db = db;
    this.#options = options;
    this.#budget = new Budget(options);
  }

  async all(): Promise<SendReport> {
    const { maxAge, retryDead, limit } = this.#options;
    const report = this.#report;
    if (retryDead) report.revived = await write(this.#db, (tx) => sql.reviveAlerts(tx, maxAge));
    report.tooOld = await write(this.#db, (tx) => sql.expireAlerts(tx, maxAge));
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, limit ?? CONCURRENCY) }, () => this.#work()));
    if (this.#failure !== undefined) {
      await this.#record().catch(() => {});
      throw this.#failure;
    }
    Object.assign(report, await read(this.#db, (tx) => sql.countOutbox(tx)));
    report.interrupted = this.#budget.interrupted;
    report.workRemains = report.due > 0 && this.#mustStop();
    await this.#record();
    return report;
  }

  /** One alert after the other; several of these at once. Claimed one by one, a lease runs only while its alert is delivered. */
  async #work(): Promise<void> {
    const { limit } = this.#options;
    while (!this.#mustStop() && (limit === null || this.#claimed < limit)) {
      this.#claimed += 1;
      try {
        const outgoing = await write(this.#db, (tx) => sql.claimAlert(tx, LEASE));
        if (!outgoing) return;
        await this.#deliver(outgoing);
      } catch (error) {
        // of the database: the others finish what they have begun, so that it is recorded if it can be
        this.#failure ??= error;
        return;
      }
    }
  }

  #mustStop(): boolean {
    const unreachable = this.#options.channels.length === this.#report.unreachable.length;
    return this.#failure !== undefined || this.#budget.isUsedUp() || unreachable;
  }

  async #deliver(outgoing: OutgoingAlert): Promise<void> {
    const { alert } = outgoing;
    const wanted = this.#options.channels.filter((channel) => channel.recipient(outgoing) !== null);
    const outcomes = await Promise.all(
      wanted
        .filter((channel) => !(channel.name in alert.delivered))
        .map(async (channel) => ({ name: channel.name, error: await this.#attempt(channel, outgoing) })),
    );
    const nobody = wanted.length === 0;
    const failures = outcomes.flatMap(({ name, error }) => (error === null ? [] : [`${name}: ${error}`]));
    const error = nobody
      ? 'nobody to send it to: the user has no usable e-mail address, and no operator copy or webhook is set up'
      : failures.join('; ');
    const { delivery, nextAttemptAt } = await write(this.#db, (tx) =>
      sql.recordDelivery(tx, {
        alert: alert.id,
        attempt: alert.attempts,
        channels: outcomes.flatMap((outcome) => (outcome.error === null ? [outcome.name] : [])),
        error: error === '' ? null : error,
        final: nobody,
      }),
    );
    if (error === '') this.#report.sent += 1;
    else {
      const dead = delivery === 'dead';
      this.#report[dead ? 'dead' : 'failed'] += 1;
      if (this.#report.problems.length < MAX_PROBLEMS) {
        this.#report.problems.push({
          id: alert.id,
          username: alert.username,
          error,
          nextAttemptAt: dead ? null : nextAttemptAt,
        });
      }
    }
    this.#options.onProgress?.(this.#report.sent);
  }

  /** Returns null, or why it failed. */
  async #attempt(channel: Channel, outgoing: OutgoingAlert): Promise<string | null> {
    if (this.#report.unreachable.includes(channel.name)) return 'not tried, as nobody had answered there before';
    try {
      await channel.deliver(outgoing);
      this.#failuresInARow.delete(channel.name);
      return null;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      const failures = error.unreachable ? (this.#failuresInARow.get(channel.name) ?? 0) + 1 : 0;
      this.#failuresInARow.set(channel.name, failures);
      if (failures >= PATIENCE && !this.#report.unreachable.includes(channel.name))
        this.#report.unreachable.push(channel.name);
      return error.message;
    }
  }

  async #record(): Promise<void> {
    const { sent, failed, dead, tooOld, revived } = this.#report;
    if (sent + failed + dead + tooOld + revived === 0) return;
    await write(this.#db, (tx) => sql.recordSending(tx, this.#options.actor, { sent, failed, dead, tooOld, revived }));
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
