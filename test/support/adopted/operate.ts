import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@oclif/core/config';
import { inject } from 'vitest';
import type { BaseCommand } from '../../../src/cli/base/base-command.ts';
import { type Ran, type RunOptions, run } from '../run.ts';
import type { AdoptedServer } from './server.ts';

/** Where an operator of this server stands: it is named, and what is recorded goes into a folder of its own. */
export function standingAt({ url, reference }: Pick<AdoptedServer, 'url' | 'reference'>): NodeJS.ProcessEnv {
  const home = mkdtempSync(join(inject('scratch'), 'home-'));
  return { HOME: home, XDG_STATE_HOME: join(home, 'state'), TOMO_DATABASE_URL: url, TOMO_SERVER: reference };
}

/** Runs a command of `tomo` there. */
export function operate(
  server: Pick<AdoptedServer, 'url' | 'reference'>,
  command: new (argv: string[], config: Config) => BaseCommand,
  argv: string[] = [],
  options: RunOptions = {},
): Promise<Ran> {
  return run(null, command, argv, { ...options, opens: true, env: { ...standingAt(server), ...options.env } });
}
