import { beforeEach, expect, it } from 'vitest';
import DeviceList from '../../src/commands/device/list.ts';
import type { Device } from '../../src/model/device.ts';
import { aDevice, aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { allPages } from '../support/pages.ts';
import { run } from '../support/run.ts';

const LAPTOP = '7c1d20aa-0000-4000-8000-000000000001';
const PHONE = '7c1d20ab-0000-4000-8000-000000000002';
const OLD = '51e0b3f4-0000-4000-8000-000000000003';

onPostgres('device list', (t) => {
  beforeEach(async () => {
    const ann = await aUser(t, { username: 'ann' });
    const bob = await aUser(t, { username: 'bob' });
    await aDevice(t, ann, {
      id: LAPTOP,
      browser: 'Firefox',
      os: 'Windows',
      screen: '1920x1080',
      zone: 'Europe/Berlin',
      label: 'office',
      first: 300,
      seen: 2,
    });
    await aDevice(t, ann, { id: PHONE, browser: 'Safari', os: 'iOS', trusted: true, first: 90, seen: 1 });
    await aDevice(t, bob, { id: OLD, first: 90_000, seen: 80_000 });
    const sessions = [
      await aSession(t, ann),
      await aSession(t, ann),
      await aSession(t, ann, { ended: 1 }),
      await aSession(t, ann, { idle: 500 }),
    ];
    for (const id of sessions) await t.sql('update tomo.sessions set device_id = $1 where id = $2', [LAPTOP, id]);
  });

  const list = async (...argv: string[]) => {
    const ran = await run(t, DeviceList, argv);
    expect(ran.exitCode, ran.stderr).toBe(0);
    return ran;
  };
  const ids = async (...argv: string[]) => (await list('--output', 'ids', ...argv)).stdout.split('\n').filter(Boolean);

  it('says what each device is, and how many live sessions are on it', async () => {
    const { devices } = (await list('--json')).json<{ devices: Device[] }>();
    expect(devices.map(({ id, liveSessions }) => [id, liveSessions])).toEqual([
      [PHONE, 0],
      [LAPTOP, 2],
      [OLD, 0],
    ]);
    expect(devices[1]).toEqual({
      id: LAPTOP,
      username: 'ann',
      userId: expect.any(String),
      device: 'Firefox on Windows',
      browser: 'Firefox',
      os: 'Windows',
      formFactor: 'desktop',
      userAgent: 'Mozilla/5.0 (Windows) Firefox/1.0',
      screen: '1920x1080',
      timeZone: 'Europe/Berlin',
      label: 'office',
      trusted: false,
      firstSeenAt: expect.any(String),
      lastSeenAt: expect.any(String),
      liveSessions: 2,
    });
    expect(devices[2]).toMatchObject({ username: 'bob', device: null, userAgent: null, screen: null, label: null });
  });

  it('is a table that fits 80 columns', async () => {
    const { stdout } = await run(t, DeviceList, [], { tty: true });
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[1]).toMatch(/^7c1d20ab +ann +Safari on iOS +- +yes .*1m ago +0$/);
    expect(lines[2]).toMatch(/^7c1d20aa +ann +Firefox on Windows +office +no .*2m ago +2$/);
    const wide = await run(t, DeviceList, [], { tty: true, columns: 140 });
    expect(wide.stdout).toMatch(/office +no +5h ago +2m ago +2 +1920x1080 +Europe\/Berlin$/m);
  });

  it.each([
    [
      ['--user', 'ANN'],
      [PHONE, LAPTOP],
    ],
    [
      ['--user', 'ann', '--user', 'bob'],
      [PHONE, LAPTOP, OLD],
    ],
    [['--trusted'], [PHONE]],
    [['--untrusted'], [LAPTOP, OLD]],
    [['--new-since', '2h'], [PHONE]],
    [['--new-since', '2h', '--untrusted'], []],
  ])('selects with %j', async (argv, expected) => {
    expect(await ids(...argv)).toEqual(expected);
    expect(await ids(...argv, '--limit', '10')).toEqual(expected);
    expect((await list('--count', ...argv)).stdout).toBe(`${expected.length}\n`);
  });

  it('goes page by page, also through devices seen at the same moment', async () => {
    await t.sql(`update tomo.devices set last_seen_at = timestamptz '2026-01-02 03:04:05.678901+00'`);
    const all = await ids();
    const paged = await allPages<Device>((...argv) => list('--limit', '1', ...argv), 'devices');
    expect(paged.map(({ id }) => id)).toEqual(all);
    expect(paged).toHaveLength(3);
  });

  it('says so when there is none, and when the user is mistyped', async () => {
    expect(await list('--new-since', '1m')).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('No devices match.'),
    });
    const { stderr, exitCode } = await run(t, DeviceList, ['--user', 'an']);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/There is no user "an"\.\nDid you mean ann\?/);
  });
});
