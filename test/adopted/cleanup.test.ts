import { beforeEach, describe, expect, it } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import type { CleanupReport } from '../../src/domain/cleanup/cleanup.ts';
import { SERVERS } from '../support/adopted/every-server.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, empty, type Login, useServer } from '../support/adopted/server.ts';

/** What has to be named, as its operator would. */
const NAMED: Record<string, string> = { grafana: 'grafana:idle=7d,lifetime=30d' };
/** Those of which dead sessions stay for a while: they are marked, not deleted. */
const MARKS = new Set(['grafana', 'kratos', 'tomo-sqlite']);

const named = ({ url, reference }: Pick<AdoptedServer, 'url' | 'reference'>) => ({
  url,
  reference: NAMED[reference] ?? reference,
});

describe.each(SERVERS)('session cleanup on %s', (_, start) => {
  const server = useServer(start);
  let everybody: Login[];
  let expired: Login[];

  beforeEach(async () => {
    await empty(server);
    const late = [await server.logIn('alice'), await server.logIn('bob')];
    const guests = server.visit ? [await server.visit(), await server.visit()] : [];
    expired = [...late, ...guests.slice(0, 1)];
    for (const login of expired) await server.expire(login);
    everybody = [...expired, await server.logIn('alice'), await server.logIn('carol'), ...guests.slice(1)];
  });

  const kept = async () => {
    const listed = await operate(named(server), SessionList, ['--state', 'all', '--output', 'ids']);
    const there = new Set(listed.stdout.split('\n'));
    return everybody.filter(({ id }) => there.has(id));
  };

  it('deletes what the server refuses, and nothing else', async () => {
    const marks = MARKS.has(server.reference);
    const dry = await operate(named(server), SessionCleanup, ['--dry-run', '--json']);
    const { exitCode, stderr, json } = await operate(named(server), SessionCleanup, ['--json']);
    expect(exitCode, stderr).toBe(0);
    const report = json<CleanupReport>();
    expect(dry.json(), dry.stderr).toMatchObject({ ended: report.sessionsEnded, deleted: report.sessionsDeleted });
    expect(report).toMatchObject({ sessionsDeleted: marks ? 0 : expired.length, workRemains: false, failed: [] });
    const live: Login[] = [];
    for (const login of everybody) if (await server.accepts(login)) live.push(login);
    expect(live).toEqual(everybody.slice(expired.length));
    expect(await kept()).toEqual(marks ? everybody : live);
  });
});
