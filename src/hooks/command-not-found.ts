import type { Hook } from '@oclif/core/interfaces';
import { notFound } from '../cli/base/not-found.ts';

/** In development; the built program has no hooks. */
const hook: Hook.CommandNotFound = async ({ config }) => notFound(config);

export default hook;
