import { beforeEach, expect, it } from 'vitest';
import { aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { count, one } from './helpers.ts';
import { type Login, open } from './server-calls.ts';

const chrome = (version: string) =>
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`;
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1';
const LAPTOP: Login = {
  userAgent: chrome('140.0.0.0'),
  screen: '1920x1080',
  timeZone: 'Europe/Berlin',
  extra: 'gpu 1',
  ip: '203.0.113.1',
};

onBothEngines('the device of a login', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t);
  });

  it('is made by the first login and found by the next', async () => {
    const first = await open(t, user, LAPTOP);
    const second = await open(t, user, LAPTOP);
    expect([first.device_is_new, second.device_is_new]).toEqual([true, false]);
    expect(second.device_id).toBe(first.device_id);
    expect(
      await one(
        t,
        `select d.screen, d.time_zone, d.trusted, d.label, a.browser, a.os, a.form_factor, s.device_id = d.id as linked
           from tomo.devices d join tomo.user_agents a on a.id = d.user_agent_id 
           join tomo.sessions s on s.id = $1 and s.user_id = d.user_id`,
        [second.session_id],
      ),
    ).toEqual({
      screen: '1920x1080',
      time_zone: 'Europe/Berlin',
      trusted: false,
      label: null,
      browser: 'Chrome',
      os: 'Windows',
      form_factor: 'desktop',
      linked: true,
    });
  });

  it.each([
    ['an update of the browser', { userAgent: chrome('141.0.7390.54') }],
    ['another address', { ip: '2001:db8::7' }],
    ['another login method', { method: 'sso' }],
    ['a country', { place: { country: 'JP', latitude: 35, longitude: 139 } }],
  ])('is the same after %s', async (_, change) => {
    const { device_id } = await open(t, user, LAPTOP);
    expect(await open(t, user, { ...LAPTOP, ...change })).toMatchObject({ device_id, device_is_new: false });
    expect(await count(t, 'tomo.devices')).toBe(1);
  });

  it.each([
    ['browser', { userAgent: `${chrome('140.0.0.0')} Edg/140.0.0.0` }],
    ['system', { userAgent: chrome('140.0.0.0').replace('Windows NT 10.0; Win64; x64', 'X11; Linux x86_64') }],
    ['form', { userAgent: PHONE }],
    ['screen', { screen: '1366x768' }],
    ['time zone', { timeZone: 'America/New_York' }],
    ['fingerprint of the caller', { extra: 'gpu 2' }],
    ['set of facts', { screen: null, timeZone: null, extra: null }],
  ])('is another one with another %s', async (_, change) => {
    const { device_id } = await open(t, user, LAPTOP);
    const other = await open(t, user, { ...LAPTOP, ...change });
    expect(other.device_is_new).toBe(true);
    expect(other.device_id).not.toBe(device_id);
  });

  it('is of one user: the same machine is another device of somebody else', async () => {
    const { device_id } = await open(t, user, LAPTOP);
    const other = await open(t, await aUser(t), LAPTOP);
    expect(other).toMatchObject({ device_is_new: true });
    expect(other.device_id).not.toBe(device_id);
  });

  it('is told from others by the whole name where nobody knows the program, without its numbers', async () => {
    const { device_id } = await open(t, user, { userAgent: 'Backup agent (build 17.2) of site A' });
    expect(await open(t, user, { userAgent: 'Backup agent (build 18.0.1) of site A' })).toMatchObject({
      device_id,
      device_is_new: false,
    });
    expect((await open(t, user, { userAgent: 'Backup agent (build 18.0.1) of site B' })).device_is_new).toBe(true);
  });

  it('is one where the client says nothing, of one user, and what is empty is not said', async () => {
    const silent = await open(t, user);
    expect(silent.device_is_new).toBe(true);
    const { device_id } = silent;
    expect(await open(t, user, { userAgent: '', screen: '', timeZone: '', extra: '' })).toMatchObject({ device_id });
    expect((await open(t, user, { userAgent: '', screen: '1x1' })).device_is_new).toBe(true);
    await open(t, await aUser(t));
    expect(await count(t, `(select distinct fingerprint from tomo.devices) d`)).toBe(3);
    const phone = await open(t, user, { userAgent: PHONE });
    expect(await open(t, user, { userAgent: PHONE, screen: '', timeZone: '' })).toMatchObject({
      device_id: phone.device_id,
    });
    expect(await open(t, user, { extra: 'certificate 7' })).toMatchObject({ device_is_new: true });
    expect(await open(t, user, { extra: 'certificate 7' })).toMatchObject({ device_is_new: false });
  });

  it('remembers when and with which version it was last seen, and keeps its label and trust', async () => {
    const { device_id } = await open(t, user, LAPTOP);
    await t.sql(
      `update tomo.devices set trusted = true, label = 'desk', first_seen_at = now() - interval '9 days', last_seen_at = now() - interval '9 days'`,
    );
    await open(t, user, { ...LAPTOP, userAgent: chrome('150.0.0.0') });
    expect(
      await one(
        t,
        `select d.id, d.label, d.trusted, a.raw, d.first_seen_at < now() - interval '8 days' as old, d.last_seen_at > now() - interval '1 day' as seen
           from tomo.devices d join tomo.user_agents a on a.id = d.user_agent_id`,
      ),
    ).toEqual({ id: device_id, label: 'desk', trusted: true, raw: chrome('150.0.0.0'), old: true, seen: true });
  });

  it('stores a user agent once, however often and by whomever it is used', async () => {
    for (const each of [user, await aUser(t)])
      for (const screen of ['1', '2']) await open(t, each, { userAgent: PHONE, screen });
    // no number is wasted; on a cluster they are none in a row
    const id = CLUSTER ? expect.any(Number) : 1;
    expect(await one(t, 'select count(*)::int as n, max(id) as id from tomo.user_agents')).toEqual({ n: 1, id });
    expect(await count(t, 'tomo.devices')).toBe(4);
  });
});

onPostgres('the device of a login', (t) => {
  it('is one, and its user agent is one, when many log in with it at once', async () => {
    const users: string[] = [];
    for (let i = 0; i < 8; i += 1) users.push(await aUser(t));
    const servers = await Promise.all(Array.from({ length: 8 }, () => t.connect()));
    const isNew: (boolean | null)[] = [];
    await Promise.all(
      servers.map(async (server, i) => {
        for (const n of [0, 1, 2, 3]) isNew.push((await open(server, users[(i + n) % 8] ?? '', LAPTOP)).device_is_new);
      }),
    );
    expect(isNew.filter(Boolean)).toHaveLength(8);
    expect(await count(t, 'tomo.devices')).toBe(8);
    expect(await count(t, 'tomo.user_agents')).toBe(1);
  });
});
