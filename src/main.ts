import { execute } from '@oclif/core/execute';
import pjson from '../package.json' with { type: 'json' };

/** Runs the built program. `root` is the package's folder. */
export function main(root: string): Promise<unknown> {
  return execute({ loadOptions: { root, pjson: pjson as never, userPlugins: false } });
}

/** Runs the sources, for `npm run dev`. */
export function develop(root: string): Promise<unknown> {
  const oclif = { ...pjson.oclif, commands: './src/commands', hooks: { command_not_found: './src/hooks/command-not-found' } };
  return execute({
    development: true,
    loadOptions: { root, pjson: { ...pjson, oclif } as never, userPlugins: false, ignoreManifest: true },
  });
}
