import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IPty, spawn as spawnTerminal } from '@lydell/node-pty';
import { inject, vi } from 'vitest';
import { configOfNobody } from './nobody.ts';
import { PATIENCE } from './patience.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const executable = process.env.TOMO_TEST_PROGRAM;

/** The built program: Node and its script, or the executable that is to be tested. */
export const PROGRAM: [file: string, ...args: string[]] = executable
  ? [resolve(ROOT, executable)]
  : [process.execPath, join(ROOT, 'bin', 'run.cjs')];
const [FILE, ...BEFORE] = PROGRAM;

export interface Spawned {
  stdout: string;
  stderr: string;
  exitCode: number | null;
}

export interface SpawnOptions {
  env?: NodeJS.ProcessEnv;
  stdin?: string;
  /** Called with the running process. */
  meanwhile?: (process: { kill: (signal: NodeJS.Signals) => void; closeStdout: () => void }) => Promise<void>;
}

/** Runs the built program in a process of its own, without a terminal. */
export async function tomo(args: string[], options: SpawnOptions = {}): Promise<Spawned> {
  const child = spawn(FILE, [...BEFORE, ...args], { env: environment(options.env), stdio: 'pipe' });
  const ended = once(child, 'close');
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  await options.meanwhile?.({
    kill: (signal) => void child.kill(signal),
    closeStdout: () => void child.stdout.destroy(),
  });
  const [exitCode] = await ended;
  return { stdout, stderr, exitCode };
}

/** Runs a command line of a shell in which `tomo` is the built program. */
export async function shell(line: string, env: NodeJS.ProcessEnv = {}): Promise<Spawned> {
  const script = `tomo() { ${PROGRAM.map((word) => `'${word}'`).join(' ')} "$@"; }; set -o pipefail; ${line}`;
  const child = spawn('bash', ['-c', script], { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [exitCode] = await ended;
  return { stdout, stderr, exitCode };
}

/** The built program on a real pseudo-terminal. */
export class TerminalSession {
  /** Everything that was written to the terminal. */
  output = '';
  readonly #pty: IPty;
  #exit: { exitCode: number; signal?: number | undefined } | undefined;

  /** `shell`: as somebody types it into one, so that there is job control. */
  constructor(
    args: string[],
    options: { env?: NodeJS.ProcessEnv; columns?: number; rows?: number; shell?: boolean } = {},
  ) {
    const line = [FILE, ...BEFORE, ...args];
    const [file, ...rest] = options.shell ? ['bash', '--norc', '--noprofile', '-i'] : line;
    this.#pty = spawnTerminal(file ?? '', rest, {
      name: options.env?.TERM ?? 'xterm-256color',
      cols: options.columns ?? 80,
      rows: options.rows ?? 24,
      env: environment(options.env),
    });
    this.#pty.onData((data) => (this.output += data));
    this.#pty.onExit((exit) => (this.#exit = exit));
    if (options.shell) this.#pty.write(`${line.map((word) => `'${word}'`).join(' ')}\r`);
  }

  async waitFor(text: RegExp): Promise<void> {
    const found = () => text.test(this.output);
    await vi.waitUntil(() => found() || this.#exit, PATIENCE).catch(() => {});
    if (!found()) throw new Error(`${text} has not appeared: ${JSON.stringify(this.output)}`);
  }

  /** Waits until a full screen shows this, and returns its lines. */
  async showing(text: RegExp): Promise<string[]> {
    const found = () => text.test(this.screen.join('\n'));
    await vi.waitUntil(() => found() || this.#exit, PATIENCE).catch(() => {});
    if (!found()) throw new Error(`${text} is not on the screen:\n${this.screen.join('\n')}`);
    return this.screen;
  }

  /** Key by key, as somebody types. */
  async type(keys: string): Promise<void> {
    for (const key of keys) {
      this.#pty.write(key);
      await sleep(5);
    }
  }

  /** All at once, as a terminal sends what is no single key. */
  send(text: string): void {
    this.#pty.write(text);
  }

  get columns(): number {
    return this.#pty.cols;
  }

  get rows(): number {
    return this.#pty.rows;
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  signal(name: NodeJS.Signals): void {
    this.#pty.kill(name);
  }

  /** The exit code; a signal that it has died of as a negative number. */
  async exit(): Promise<number> {
    const { exitCode, signal } = await vi.waitUntil(() => this.#exit, PATIENCE);
    return signal ? -signal : exitCode;
  }

  /** What a full screen shows, line by line, without colours: the last picture that is complete. */
  get screen(): string[] {
    const picture = this.output.split('\u001b[?2026h').findLast((text) => text.includes('\u001b[?2026l')) ?? '';
    return picture
      .replace(/\u001b\[H\u001b\[\?2026l[\s\S]*$/, '')
      .split(/\u001b\[\d+;1H\u001b\[2K/)
      .slice(1)
      .map((line) => line.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, ''));
  }

  /** The lines, without colours and cursor movement, and without a spinner that is gone: a busy machine shows one. */
  get lines(): string[] {
    return this.output
      .replaceAll(/[^\n]*\u001b\[1G\u001b\[0K/g, '')
      .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
      .trimEnd()
      .split('\r\n');
  }
}

/** Of this machine only what a program cannot do without: nothing that names a database or a colour. */
function environment(env: NodeJS.ProcessEnv = {}): Record<string, string> {
  const { PATH, HOME, TMPDIR, SystemRoot } = process.env;
  const config = env.HOME ? {} : { XDG_CONFIG_HOME: configOfNobody(inject('scratch')) };
  const given = { PATH, HOME, TMPDIR, SystemRoot, TZ: 'UTC', ...config, ...env };
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
