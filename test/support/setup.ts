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
  const after = shared();
  const names = new Set([...before.keys(), ...after.keys()]);
  expect([...names].filter((name) => before.get(name) !== after.get(name))).toEqual([]);
});

/** What every test file of a process sees, by name: what one of them leaves changed there, the next one meets. */
function shared(): Map<string, unknown> {
  const objects = { globalThis, stdout: process.stdout, stderr: process.stderr, console, Math, JSON };
  const classes = { Object, Array, String, Number, Promise, Date, Map, Set, EventEmitter, Readable, Writable };
  const prototypes = Object.entries({ ...classes, Client: pg.Client, Pool: pg.Pool }).map(
    ([name, { prototype }]) => [`${name}.prototype`, prototype] as const,
  );
  const functions = [...Object.entries({ ...objects, ...classes }), ...prototypes].flatMap(([owner, object]) =>
    Object.entries(Object.getOwnPropertyDescriptors(object))
      .filter(([, { value }]) => typeof value === 'function')
      .map(([name, { value }]) => [`${owner}.${name}`, value] as const),
  );
  // the spinner watches signals from its first use on
  const events = process.eventNames().filter((event) => !String(event).startsWith('SIG'));
  return new Map<string, unknown>([
    ...functions,
    ...Object.entries(process.env).map(([name, value]) => [`process.env.${name}`, value] as const),
    ...events.map((event) => [`listeners of ${String(event)}`, process.listenerCount(event)] as const),
    ['process.exitCode', process.exitCode],
    ['process.cwd()', process.cwd()],
  ]);
}
