import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Config } from '@oclif/core/config';
import { expect, inject, vi } from 'vitest';
import pjson from '../../package.json' with { type: 'json' };
import type { BaseCommand } from '../../src/cli/base/base-command.ts';
import type { Terminal } from '../../src/cli/base/terminal.ts';
import type { TestDatabase } from './database.ts';
import { configOfNobody } from './nobody.ts';
import { PATIENCE } from './patience.ts';

/** What a command did, as its user would see it. */
export interface Ran {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** stdout as JSON. */
  json: <T = Record<string, unknown>>() => T;
}

export interface RunOptions {
  /** stdout and stderr are a terminal, and stdin where nothing is piped into it. */
  tty?: boolean;
  columns?: number;
  /** What arrives on stdin of a pipe. */
  stdin?: string;
  /** What is typed, each when the text before it has newly appeared. */
  answers?: [prompt: RegExp, keys: string][];
  env?: NodeJS.ProcessEnv;
  /** Opens what `env` names, as the program does, and not the suite's own connection. */
  opens?: true;
  now?: Date;
  /** Presses Ctrl-C when stderr or the progress says so. */
  interrupt?: (press: () => void) => void;
}

let config: Promise<Config> | undefined;

/** Runs a command in this process on a real database, or on none; only the terminal is faked. */
export async function run(
  t: TestDatabase | null,
  command: new (argv: string[], config: Config) => BaseCommand,
  argv: string[],
  options: RunOptions = {},
): Promise<Ran> {
  const tty = options.tty === true;
  let shown = '';
  const show = (text: string) => {
    shown += text;
  };
  const stdout = new Capture(tty, show, options.columns);
  const stderr = new Capture(tty, show, options.columns);
  const stdin = Object.assign(new PassThrough(), {
    isTTY: tty && options.stdin === undefined,
    setRawMode: () => stdin,
  });
  if (!stdin.isTTY) stdin.end(options.stdin ?? '');
  let exitCode = 0;
  const terminal: Terminal = {
    stdin,
    stdout,
    stderr,
    env: {
      NO_COLOR: '1',
      TOMO_DATABASE_URL: t?.url || 'embedded',
      ...(options.env?.HOME ? {} : { XDG_CONFIG_HOME: configOfNobody(inject('scratch')) }),
      ...options.env,
    },
    now: () => options.now ?? new Date(),
    onInterrupt: (callback) => {
      options.interrupt?.(callback);
      return () => {};
    },
    suspend: () => {},
    onContinue: () => () => {},
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  config ??= loadConfig();
  const instance = new command(argv, await config);
  instance.id = commandId(command.name);
  instance.terminal = terminal;
  if (!options.opens) {
    // the suite's own connection, which it closes itself
    instance.connect = async () => {
      if (!t) throw new Error('It has asked a database.');
      return { ...bound(t.db), close: async () => {} };
    };
  }
  const typing = type(stdin, () => shown, options.answers ?? []);
  // together: a question that is not asked fails the test instead of waiting for an answer
  await Promise.all([(instance as unknown as { _run: () => Promise<unknown> })._run(), typing]);
  return { stdout: stdout.text, stderr: stderr.text, exitCode, json: () => JSON.parse(stdout.text) };
}

const SHOW_CURSOR = '\u001b[?25h';

class Capture extends Writable {
  text = '';
  isTTY: boolean;
  columns: number;
  readonly #show: (text: string) => void;
  constructor(isTTY: boolean, show: (text: string) => void, columns = 80) {
    super();
    this.#show = show;
    this.isTTY = isTTY;
    this.columns = columns;
  }
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    const text = chunk.toString();
    if (text !== SHOW_CURSOR) this.text += text;
    this.#show(text);
    done();
  }
  /** The spinner, where a busy machine takes long enough to show it: nothing stays of it. */
  cursorTo(): void {}
  clearLine(): void {
    this.text = this.text.slice(0, this.text.lastIndexOf('\n') + 1);
  }
  moveCursor(): void {}
  /** A prompt that is through ends its output; the stderr of a process stays open. */
  override end(): this {
    return this;
  }
}

async function type(stdin: PassThrough, shown: () => string, answers: [RegExp, string][]): Promise<void> {
  let seen = 0;
  for (const [prompt, keys] of answers) {
    await vi.waitFor(() => expect(shown().slice(seen), 'The question was not asked.').toMatch(prompt), PATIENCE);
    seen = shown().length;
    for (const key of keys) {
      stdin.write(key);
      // a key of its own, also where two would mean something else
      await setImmediate();
    }
  }
}

/** The same database as an object of its own, for a test to change. */
export function bound(db: TestDatabase['db']): TestDatabase['db'] {
  return {
    embedded: db.embedded,
    engine: db.engine,
    sessions: db.sessions,
    name: db.name,
    location: db.location,
    ...(db.auditFile && { auditFile: db.auditFile }),
    transaction: db.transaction.bind(db),
    query: db.query.bind(db),
    listen: db.listen.bind(db),
    standby: db.standby.bind(db),
    abandon: db.abandon.bind(db),
    close: db.close.bind(db),
  };
}

function commandId(className: string): string {
  const words = className
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split('-');
  const [topic = '', ...rest] = words;
  return rest.length > 0 ? `${topic}:${rest.join('-')}` : topic;
}

async function loadConfig(): Promise<Config> {
  const root = join(import.meta.dirname, '..', '..');
  const oclif = { ...pjson.oclif, commands: './src/commands', hooks: {} };
  const loaded = new Config({ root, pjson: { ...pjson, oclif } as never, ignoreManifest: true, userPlugins: false });
  await loaded.load();
  return loaded;
}
