import { type Database, read } from '../../db/port/database.ts';
import { explainDenied } from '../../db/port/rights.ts';
import type { Operator } from '../../domain/user/operator.ts';
import type { DatabaseContext } from '../../model/context.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Actor } from '../../model/session.ts';
import type { Standby } from '../../model/standby.ts';
import { renderPlace } from '../../views/place.ts';
import { printable } from '../../views/printable.ts';
import { isStale, standbyWords } from '../../views/standby.ts';
import type { Look } from '../../views/style.ts';
import { confirm, inContext } from '../ask/confirm.ts';
import { adoptServer, withServer } from '../connect/adopt.ts';
import { ownAuditOf } from '../connect/audit-file.ts';
import {
  type Connection,
  type ConnectionNames,
  openConnection,
  passedOver,
  requireName,
  resolveConnection,
} from '../connect/connection.ts';
import type { ServerReference } from '../connect/server-reference.ts';
import { Progress } from '../output/progress.ts';
import type { Lend, OpenView } from '../watch/open-view.ts';
import { accountOf } from './account.ts';
import { globalFlags } from './global-flags.ts';
import { Guard } from './guard.ts';
import { keptByItself } from './kept-by-itself.ts';
import type { Access } from './operator.ts';
import { SpeakingCommand } from './speaking-command.ts';

export type { Database };

/**
 * Whether a command changes the database: by ending sessions or deleting for good what is there, or
 * those of everybody.
 */
export type Changes = boolean | 'ends' | 'ends-all';

/** Of the flags of a command, those that decide how it meets the database. */
export interface ConnectionFlags extends ConnectionNames {
  quiet?: boolean;
  mine?: boolean | undefined;
  /** Of a command that otherwise only reads. */
  revoke?: boolean;
  /** It may come to a change, so that of several servers it takes the one that can be written to. */
  writes?: boolean;
  /** Of a view: it is left, and nobody waits for a connection. */
  left?: AbortSignal;
  /** It only says what a change would do. */
  'dry-run'?: boolean;
  simulate?: boolean;
}

/**
 * What every command has: `--json`, `--database`, `--context`, `--server`, `--quiet`. A command's `run` is
 * parse, one call of the domain, print a view and return the data: oclif prints that with `--json`.
 */
export abstract class BaseCommand extends SpeakingCommand {
  static override baseFlags = globalFlags;

  /** The examples of a command: what each is for, and what to type. */
  static toExamples(commands: Record<string, string>): { description: string; command: string }[] {
    return Object.entries(commands).map(([description, command]) => ({ description, command }));
  }

  static changes: Changes = false;

  /** It works on the tables of other servers, too. */
  static adopted = false;

  /** It makes the embedded database where there is none, if that is named. */
  static makesDatabase = false;

  /** What it needs of the Tomo user that TOMO_TOKEN names: role admin, unless it says less. */
  static access: Access = 'admin';

  /** Tests put a fake in its place. */
  connect: typeof openConnection = openConnection;
  /** Undefined: not asked yet. */
  #operator: Operator | null | undefined;
  #closing: Promise<void> | undefined;
  #guard: Guard | undefined;
  #assumed = false;
  /** Which standby has been told of, and how it stood. */
  #toldStandby: string | undefined;
  #where: string | undefined;
  #context: DatabaseContext | null = null;
  /** Whose tables those are, where nobody has named it. */
  #found: ServerReference | null = null;
  /** Its result says which database that is. */
  protected readonly saysWhere: boolean = false;
  /** A view says by itself what it shows. */
  #viewing = false;
  /** So much is going on that says so. */
  #shown = 0;
  /** What is said behind the result: it stays in sight, and not in the way. */
  #last = '';

  /** Which database is about to be changed, or that nobody has named it; once. */
  #sayWhere(db: Database, connection: Connection, changes: boolean): void {
    if (this.#where !== undefined) return;
    const { origin } = connection;
    const place = renderPlace({ ...db, standby: db.standby() }, this.lookOfStderr);
    const other = changes ? passedOver(connection, this.terminal.env) : undefined;
    if (other !== undefined)
      this.hint(`The current context ${printable(other)} is passed over: ${origin} names the database.`);
    this.#where = `This is ${place}.`;
    if (origin === null) {
      const text = `No server is configured: this is ${place}.`;
      if (changes) this.caution(text);
      else if (!this.saysWhere) this.#last = text;
    } else if (changes && this.terminal.stderr.isTTY) this.hint(this.#where);
  }

  /** Asks, and says which database it is about. Throws NOT_CONFIRMED. */
  protected confirm(question: string, options: Parameters<typeof confirm>[3]): Promise<void> {
    const said = !this.isQuiet && !this.jsonEnabled();
    const asked = this.#context ? inContext(this.#context, question, options) : { question, options };
    return confirm(this.terminal, said ? undefined : this.#where, asked.question, asked.options);
  }

  /** Throws INVALID_INPUT for a command about what only Tomo has, on the tables of another server. */
  #requireFit({ sessions: { server } }: Database): void {
    if (server.isTomo || (this.ctor as typeof BaseCommand).adopted) return;
    const command = (this.id ?? '').replaceAll(':', ' ');
    throw invalidInput(
      keptByItself(command, server),
      'What works there: tomo server list. On the schema tomo of this database: --server tomo',
    );
  }

  /** Lends the database to `work`, if the operator may do what the command does, and closes it afterwards. */
  protected async withDatabase<T>(flags: ConnectionFlags, work: (db: Database) => Promise<T>): Promise<T> {
    this.isQuiet = flags.quiet === true;
    if (flags.mine && this.terminal.env.TOMO_TOKEN === undefined) {
      throw invalidInput(
        '--mine: nobody has said who you are in Tomo.',
        'Put a session token of yours into TOMO_TOKEN, or name yourself: --user NAME',
      );
    }
    const connection = resolveConnection(flags, this.terminal.env);
    const { changes, adopted, makesDatabase } = this.ctor as typeof BaseCommand;
    const changing = changes !== false || flags.revoke === true;
    // a cron job that has lost its variable must not report success about another database
    if (changing && !this.terminal.stderr.isTTY) requireName(connection);
    // a command may look again, and the embedded database lets one in at a time
    await this.#closing;
    this.#context = connection.context;
    const signal = AbortSignal.any([this.guard.abandoned, ...(flags.left ? [flags.left] : [])]);
    const options = { makes: makesDatabase, changes: changing || flags.writes === true, signal };
    const opened = await this.#waiting('Connecting', () => this.connect(connection, options));
    const guarded: Database = {
      ...this.guard.over(opened, changing && !flags['dry-run'] && !flags.simulate),
      context: connection.context,
    };
    let db = guarded;
    const use = async (server: ServerReference | null) => {
      db = await adoptServer(guarded, server, (text) => this.#tellAssumed(text));
      this.#requireFit(db);
      const named = { ...connection, server };
      db = { ...db, ...(await ownAuditOf(opened, named, this.terminal.env, (text) => this.caution(text))) };
      this.#sayWhere(db, connection, changing);
      await this.#identify(db);
      return work(db);
    };
    const found = (server: ServerReference, words: string) => {
      this.#found = server;
      if (adopted) this.hint(words);
    };
    try {
      const unnamed = { changes: changing, adopted, env: this.terminal.env, found };
      return await withServer(guarded, connection.server ?? this.#found, unnamed, use);
    } catch (error) {
      if (!(error instanceof TomoError && error.code === 'PERMISSION_DENIED')) throw error;
      if (!db.adopted) throw await explainDenied(db, error);
      const { explainDeniedThere } = await import('../../domain/adopted/denied.ts');
      throw await explainDeniedThere(db, error);
    } finally {
      if (!this.#viewing) this.tellStandby(db.location, db.standby());
      // goes on while the result is drawn; awaited at the end
      this.#closing = db.close();
    }
  }

  /** Once, however often a view looks. */
  #tellAssumed(text: string): void {
    if (!this.#assumed && !this.isQuiet) this.caution(text);
    this.#assumed = true;
  }

  /**
   * What a standby shows may be true no more: a session that the primary has revoked is still live there. Said once,
   * and again where another one answers, or this one has fallen behind or caught up.
   */
  protected tellStandby(location: string, standby: Standby | null): void {
    const state = standby ? `${isStale(standby)} ${location}` : undefined;
    if (standby && state !== this.#toldStandby) {
      const text = standbyWords(location, standby);
      if (isStale(standby)) this.caution(text);
      else this.hint(text, true);
    }
    this.#toldStandby = state;
  }

  /** The database of a view that stays open. */
  protected async openView(flags: ConnectionFlags): Promise<OpenView> {
    const { OpenView } = await import('../watch/open-view.ts');
    const { target, context, server } = resolveConnection(flags, this.terminal.env);
    const lend: Lend = (work, left) =>
      this.withDatabase({ ...flags, left }, async (db) => {
        // it draws from its first look on
        this.#viewing = true;
        // it is known whose sessions those are before it opens
        if (server === null && this.#found === null) await read(db, async () => {});
        return work(db);
      });
    return new OpenView(lend, {
      embedded: target.kind === 'embedded',
      context,
      check: (db) => this.#identify(db),
      closed: () => {
        this.#viewing = false;
      },
    });
  }

  /** Shows what goes on, on a terminal, as long as the work does; what goes on within that shows nothing more. */
  protected async withProgress<T>(
    title: string,
    { quiet = false }: { quiet?: boolean },
    work: (progress: Progress) => Promise<T>,
    total: number | null = null,
  ): Promise<T> {
    const silent = quiet || this.#shown > 0 || this.jsonEnabled();
    const progress = new Progress(this.terminal, { title, total, silent });
    this.#shown += 1;
    try {
      return await work(progress);
    } finally {
      progress.stop();
      this.#shown -= 1;
    }
  }

  /** The same for what nobody has a better word for. A view that has begun has the screen to itself. */
  #waiting<T>(title: string, work: () => Promise<T>): Promise<T> {
    return this.#viewing ? work() : this.withProgress(title, { quiet: this.isQuiet }, work);
  }

  async #identify(db: Database): Promise<void> {
    const { access } = this.ctor as typeof BaseCommand;
    const named = access !== 'none' && this.terminal.env.TOMO_TOKEN !== undefined;
    // not null, which stands for everybody's rights, until it is known
    this.#operator = named ? undefined : null;
    if (!named) return;
    const { readOperator, checkAccess } = await import('./operator.ts');
    this.#operator = await readOperator(db, this.terminal);
    checkAccess(this.#operator, access);
  }

  /** For a command that in some of its forms needs more than it declares. */
  protected async requireAccess(access: Access): Promise<void> {
    if (this.operator) (await import('./operator.ts')).checkAccess(this.operator, access);
  }

  /** The Tomo user that TOMO_TOKEN names; null: nobody in particular. Known within withDatabase. */
  protected get operator(): Operator | null {
    if (this.#operator === undefined) throw new Error('the operator is not known before the database is open');
    return this.#operator;
  }

  protected override async finally(): Promise<void> {
    this.hint(this.#last);
    await this.#closing;
  }

  /** What stands between the command and its database, from the first use on. */
  protected get guard(): Guard {
    const { changes } = this.ctor as typeof BaseCommand;
    const show = <T>(work: () => Promise<T>) => this.#waiting('Waiting for the database', work);
    this.#guard ??= new Guard(this.terminal, { command: this.id ?? '', changes: changes !== false, show });
    return this.#guard;
  }

  protected override get look(): Look {
    return { ...super.look, current: this.#operator?.sessionId, currentUser: this.#operator?.userId };
  }

  /** Who the audit names. Whoever can check a token can also forge one, so the user in it is a claim. */
  protected get actor(): Actor {
    return {
      ...(this.operator ? { user: this.operator.username, claimed: true } : {}),
      ...accountOf(this.terminal.env),
    };
  }
}
