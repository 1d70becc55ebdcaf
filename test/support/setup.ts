import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, afterEach, expect, inject } from 'vitest';

// Runs before each test file, in the process that it shares with others.

fc.configureGlobal({ seed: inject('seed') });

afterEach(({ task }) => {
  if (task.result?.state === 'fail')
    process.stderr.write(`${task.name}: what is random is repeated by TOMO_TEST_SEED=${inject('seed')}\n`);
});

const before = shared();
afterAll(() => {
  expect(shared(), 'A test file leaves the process as it was.').toEqual(before);
});

/** What every test file of a process sees: what one of them changes there, the next one meets. */
function shared() {
  const owners = [globalThis, process, process.stdout, process.stderr, console, Math, JSON];
  const classes = [Object, Array, String, Number, Promise, Date, Map, Set, EventEmitter, Readable, Writable];
  const prototypes = [...classes, pg.Client, pg.Pool].map((type) => type.prototype);
  return {
    env: { ...process.env },
    exitCode: process.exitCode,
    directory: process.cwd(),
    functions: [...owners, ...classes, ...prototypes].map(functionsOf),
    listeners: Object.fromEntries(process.eventNames().map((event) => [event, process.listenerCount(event)])),
  };
}

function functionsOf(owner: object): Record<string, unknown> {
  const own = Object.entries(Object.getOwnPropertyDescriptors(owner));
  return Object.fromEntries(
    own.filter(([, { value }]) => typeof value === 'function').map(([name, { value }]) => [name, value]),
  );
}
