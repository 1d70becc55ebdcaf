import { userInfo } from 'node:os';
import type { Logger } from '@oclif/core/interfaces';
import pjson from '../package.json' with { type: 'json' };
import type { BuiltConfig, Program } from './cli/base/built-config.ts';
import { spelled } from './cli/base/spellings.ts';

/** The ids of all commands; the build puts them here. */
declare const COMMAND_IDS: readonly string[];

const { additionalHelpFlags, additionalVersionFlags } = pjson.oclif;
const HELP = ['--help', ...additionalHelpFlags];
const VERSION = ['--version', ...additionalVersionFlags];

const ignore = () => {};
/** oclif's own debugging (DEBUG=*) repeats the arguments, among which may be a token or a password. */
const LEVELS = { debug: ignore, error: ignore, info: ignore, trace: ignore, warn: ignore };
export const SILENT: Logger = { ...LEVELS, child: () => SILENT, namespace: 'tomo' };

/** Runs the built program. */
export function main(parts: Pick<Program, 'root' | 'load' | 'manifest'>): Promise<void> {
  const userAgent = `${pjson.name}/${pjson.version} ${process.platform}-${process.arch} node-${process.version}`;
  return execute((argv) => dispatch(argv, { ...parts, pjson, userAgent, ids: COMMAND_IDS }));
}

/**
 * Like oclif's own, without waiting for stdout to be flushed, which never happens once its reader has gone; Node
 * writes what is left before it ends.
 */
export async function execute(run: (argv: string[]) => Promise<unknown>): Promise<void> {
  process.on('uncaughtException', fail);
  // what is only printed, such as help, would be lost in silence
  process.stdout.on('error', (error: Failure) => error.code === 'EPIPE' || fail(error));
  // nobody to tell is no reason to stop in the middle: the exit code says how it went
  process.stderr.on('error', ignore);
  process.env.HOME ||= homeOfAccount();
  // nothing is left that it could wait for: what is not known to be done must not look like it
  process.on('beforeExit', endedInTheMiddle);
  try {
    const argv = spelled(process.argv.slice(2));
    await run(argv.length > 0 ? argv : ['status']);
  } catch (error) {
    const { handle } = await import('@oclif/core/handle');
    await handle(error instanceof Error ? error : new Error(String(error)));
  } finally {
    process.off('beforeExit', endedInTheMiddle);
  }
}

function endedInTheMiddle(): void {
  fail(new Error('tomo ended in the middle: this is a bug in tomo, and whether all was done is not known.'));
}

/**
 * Where HOME is empty, which would make a home of any folder that this runs in; `/`, as Docker has it, for an account
 * that is not known here, for which libraries that ask would fail.
 */
function homeOfAccount(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}

/** What oclif's own `run` does, with a configuration that costs nothing. */
async function dispatch(argv: string[], program: Program): Promise<unknown> {
  const [first = ''] = argv;
  if (VERSION.includes(first)) return process.stdout.write(`${program.userAgent}\n`);
  if (first === '__complete') {
    const { completeKnown } = await import('./cli/completion/known.ts');
    if (await completeKnown(argv, program)) return;
  }
  const { setLogger } = await import('@oclif/core/logger');
  setLogger({ root: program.root, logger: SILENT });
  const { BuiltConfig } = await import('./cli/base/built-config.ts');
  const config = new BuiltConfig(program);
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  if (own.some((arg) => HELP.includes(arg))) {
    const words = wordsOf(own.filter((arg) => !HELP.includes(arg)));
    const subject = config.subjectOf(words);
    if (subject !== undefined) return showHelp(subject, config);
    const { notFound } = await import('./cli/base/not-found.ts');
    return notFound(config, words, (id) => showHelp(id, config));
  }
  const command = config.commandAt(argv);
  if (command) return config.runCommand(command.id, command.argv);
  const words = wordsOf(argv);
  const topic = words.join(':');
  if (config.findTopic(topic)) return words.length === argv.length ? showHelp(topic, config) : lacksCommand(topic);
  const { notFound } = await import('./cli/base/not-found.ts');
  return notFound(config, argv);
}

/** What stands before the first option. */
function wordsOf(argv: readonly string[]): string[] {
  const flagAt = argv.findIndex((arg) => arg.startsWith('-'));
  return argv.slice(0, flagAt < 0 ? argv.length : flagAt);
}

function lacksCommand(topic: string): void {
  process.stderr.write(`Error: The command is missing.\nSee tomo ${topic} --help\n`);
  process.exitCode = 2;
}

/** Of a command or a topic; '': of the program. */
async function showHelp(subject: string, config: BuiltConfig): Promise<void> {
  const { NarrowHelp } = await import('./cli/base/narrow-help.ts');
  await new NarrowHelp(config, config.pjson.oclif.helpOptions).showHelp(subject === '' ? [] : [subject]);
}

type Failure = Error & { code?: string; syscall?: string };

/** What nothing else has caught, such as a full disk behind stdout. */
function fail(error: Failure): void {
  const message =
    error.syscall === 'write'
      ? `Cannot write the result (${error.code}). What the command has done is done.`
      : String(error.message);
  process.stderr.write(`Error: ${message}\n${/tomo|\*/.test(process.env.DEBUG ?? '') ? `${error.stack}\n` : ''}`);
  process.exit(1);
}
