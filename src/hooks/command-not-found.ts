import type { Hook } from '@oclif/core/interfaces';
import { notFound } from '../cli/base/not-found.ts';
import { spelled } from '../cli/base/spellings.ts';

/** In development; the built program has no hooks. */
const hook: Hook.CommandNotFound = async ({ config }) => notFound(config, spelled(process.argv.slice(2)));

export default hook;
