#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// Whoever lists everything makes short-lived strings by the million; with a nursery that does not grow they take half the
// memory. Other commands would start a seventh slower with it.
if (process.argv.some((arg) => /^(--all|export)$|(ids|csv|ndjson)$/.test(arg))) {
  setFlagsFromString('--semi-space-growth-factor=1');
}
// oclif would ask the system for it, which fails for a user without a name, as in a container
process.env.SHELL ??= '/bin/sh';
try {
  // Per user: the default directory is shared, and there another user could plant code.
  enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tomo', 'compile-cache'));
} catch {
  // no home folder, no cache
}

const { main } = await import('../dist/main.js');
await main(join(import.meta.dirname, '..'));
