import { handle } from '@oclif/core/handle';
import type { Logger } from '@oclif/core/interfaces';
import { run } from '@oclif/core/run';
import pjson from '../package.json' with { type: 'json' };
import { spelled } from './cli/base/spellings.ts';

const ignore = () => {};
/** oclif's own debugging (DEBUG=*) repeats the arguments, among which may be a token or a password. */
const LEVELS = { debug: ignore, error: ignore, info: ignore, trace: ignore, warn: ignore };
const SILENT: Logger = { ...LEVELS, child: () => SILENT, namespace: 'tomo' };

/** Runs the built program. `root` is the package's folder. */
export function main(root: string): Promise<void> {
  return execute({ root, pjson, userPlugins: false });
}

/** Runs the sources, for `npm run dev`. */
export function develop(root: string): Promise<void> {
  process.env.NODE_ENV = 'development';
  const hooks = { command_not_found: './src/hooks/command-not-found' };
  const oclif = { ...pjson.oclif, commands: './src/commands', hooks };
  return execute({ root, pjson: { ...pjson, oclif }, userPlugins: false, ignoreManifest: true });
}

/**
 * Like oclif's own, without waiting for stdout to be flushed, which never happens once its reader has gone; Node writes
 * what is left before it ends.
 */
async function execute(options: object): Promise<void> {
  process.on('uncaughtException', fail);
  // what is only printed, such as help, would be lost in silence
  process.stdout.on('error', (error: Failure) => error.code === 'EPIPE' || fail(error));
  try {
    const argv = spelled(process.argv.slice(2));
    if (lacksCommand(argv)) {
      process.stderr.write(`Error: The command is missing.\nSee tomo ${argv[0]} --help\n`);
      process.exitCode = 2;
      return;
    }
    await run(argv.length > 0 ? argv : ['status'], { ...options, logger: SILENT } as never);
  } catch (error) {
    await handle(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A topic with flags alone, for which oclif would show help and be content. */
function lacksCommand([topic = '', flag = '', ...more]: readonly string[]): boolean {
  const asksHelp = [flag, ...more].some((word) => ['--help', ...pjson.oclif.additionalHelpFlags].includes(word));
  return Object.hasOwn(pjson.oclif.topics, topic) && flag.startsWith('-') && !asksHelp;
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
