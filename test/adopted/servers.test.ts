import { describe, expect, it } from 'vitest';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { type ExpressOptions, startExpress } from '../support/adopted/connect-pg-simple.ts';
import { emptyDatabase } from '../support/adopted/empty-database.ts';
import { SOME_SERVERS } from '../support/adopted/every-server.ts';
import { empty, useServer } from '../support/adopted/server.ts';

// What the other tests of this folder build on: how these servers behave when nobody but they touches their tables.

describe.each(SOME_SERVERS)('%s', (_, start) => {
  const server = useServer(start);

  it('lets in whoever has logged in, and nobody whose session has run out or is gone', async () => {
    const kept = await server.logIn('alice');
    const late = await server.logIn('alice');
    const other = await server.logIn('bob');
    for (const login of [kept, late, other]) expect(await server.accepts(login)).toBe(true);
    await server.expire(late);
    expect(await server.accepts(late)).toBe(false);
    await server.prune?.();
    for (const login of [kept, other]) expect(await server.accepts(login)).toBe(true);
    await empty(server);
    for (const login of [kept, other]) expect(await server.accepts(login)).toBe(false);
  });
});

describe('better-auth with a cookie cache', () => {
  const server = useServer((database) => startBetterAuth(database, { cookieCache: 300 }));

  it('lets somebody in whose row is gone', async () => {
    const login = await server.logIn('alice');
    await empty(server);
    expect(await server.accepts(login)).toBe(true);
  });
});

describe('a request in flight while its row is deleted', () => {
  it.each<[comesBack: boolean, options: ExpressOptions, changed: boolean]>([
    [false, { resave: false }, false],
    [true, { resave: false }, true],
    [true, { resave: true }, false],
  ])('brings it back: %s (%j, changed: %s)', async (comesBack, options, changed) => {
    const database = await emptyDatabase();
    const server = await startExpress(database, options);
    const login = await server.logIn('alice');
    const request = await server.hold(login, changed);
    await empty(server);
    expect(await server.accepts(login)).toBe(false);
    await request.end();
    expect(await server.accepts(login)).toBe(comesBack);
    await server.stop();
    await database.drop();
  });
});
