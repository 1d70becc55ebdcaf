import { run } from '@oclif/core/run';
import pjson from '../package.json' with { type: 'json' };
import { execute, SILENT } from './main.ts';

/** Runs the sources of the package in the folder `root`, for `npm run dev`. */
export function develop(root: string): Promise<void> {
  process.env.NODE_ENV = 'development';
  const hooks = { command_not_found: './src/hooks/command-not-found' };
  const oclif = { ...pjson.oclif, commands: './src/commands', hooks };
  const options = { root, pjson: { ...pjson, oclif }, userPlugins: false, ignoreManifest: true, logger: SILENT };
  return execute((argv) => run(argv, options as never));
}
