import { beforeEach, expect, it } from 'vitest';
import { aUser } from '../support/builders.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { type Login, open, setSettings } from './server-calls.ts';

const LAPTOP: Login = {
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  screen: '1920x1080',
  timeZone: 'Europe/Berlin',
  ip: '203.0.113.1',
};
const PHONE: Login = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  ip: '198.51.100.2',
};
const TABLET: Login = { userAgent: 'Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0' };

interface Alert {
  kind: string;
  session_id: string;
  evidence: Record<string, unknown>;
  delivery: string;
}

async function alerts(t: TestDatabase): Promise<Alert[]> {
  return t.sql<Alert>('select kind, session_id, evidence, delivery from tomo.alerts order by id');
}

onBothEngines('alerts of a login', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t);
  });
  const kinds = async () => (await alerts(t)).map((alert) => [alert.kind, alert.evidence.repeated ?? 0]);

  it('are not raised as long as nobody has asked for them', async () => {
    for (const login of [LAPTOP, PHONE, TABLET]) await open(t, user, login);
    expect(await alerts(t)).toEqual([]);
  });

  it('tell of a new device, not of the first one and not of a known one', async () => {
    await setSettings(t, { new_device_alerts: true });
    await open(t, user, LAPTOP);
    expect(await alerts(t)).toEqual([]);
    const { session_id, device_id } = await open(t, user, {
      ...PHONE,
      method: 'passkey',
      place: { country: 'FR', city: 'Lyon' },
    });
    await open(t, user, PHONE);
    await open(t, user, LAPTOP);
    expect(await alerts(t)).toEqual([
      {
        kind: 'new_device',
        session_id,
        delivery: 'pending',
        evidence: {
          deviceId: device_id,
          browser: 'Safari',
          os: 'iOS',
          formFactor: 'mobile',
          ip: '198.51.100.2',
          loginMethod: 'passkey',
          place: { country: 'FR', city: 'Lyon' },
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        },
      },
    ]);
  });

  it('tell of each new device, also within the hour and of one that says nothing of itself', async () => {
    await setSettings(t, { new_device_alerts: true });
    const logins = [LAPTOP, PHONE, TABLET, { ...TABLET, screen: '2' }, {}, LAPTOP, PHONE, {}];
    for (const login of logins) await open(t, user, login);
    expect((await alerts(t)).map(({ evidence }) => [evidence.browser, evidence.screen])).toEqual([
      ['Safari', undefined],
      ['Firefox', undefined],
      ['Firefox', '2'],
      [undefined, undefined],
    ]);
    // of another user: an alert of its own, and none of the first
    const other = await aUser(t);
    for (const login of [{}, PHONE]) await open(t, other, login);
    expect(await kinds()).toEqual(Array(5).fill(['new_device', 0]));
  });

  it('count only the same device at the same unusual place within the hour, until that is acknowledged', async () => {
    await setSettings(t, { location_alerts: true });
    const at = (country: string, latitude: number, login: Login = {}) =>
      open(t, user, { ...login, ip: '203.0.113.7', place: { country, latitude, longitude: 10 } });
    const told = async () =>
      (await alerts(t)).map(({ kind, evidence }) => {
        const { country } = evidence.to as { country: string };
        return [kind, country, evidence.reasons, evidence.repeated, evidence.browser];
      });
    await at('DE', 50);
    await at('EG', 25);
    await at('DE', 50);
    const { session_id } = await at('EG', 25);
    await at('DE', 50, PHONE);
    const both = ['impossible-travel', 'new-country'];
    const travel = ['impossible-travel'];
    const first = [
      ['unusual_location', 'EG', both, 1, undefined],
      ['unusual_location', 'DE', travel, undefined, undefined],
      ['unusual_location', 'DE', travel, undefined, 'Safari'],
    ];
    expect(await told()).toEqual(first);
    expect((await alerts(t))[0]?.evidence.lastSession).toBe(session_id);
    // the same country, elsewhere in it
    await at('EG', 31);
    await t.sql('update tomo.alerts set acknowledged_at = now()');
    await at('DE', 50);
    await t.sql(`update tomo.alerts set acknowledged_at = null, created_at = created_at - interval '61 minutes'`);
    await at('EG', 25);
    expect(await told()).toEqual([
      ...first,
      ['unusual_location', 'EG', travel, undefined, undefined],
      ['unusual_location', 'DE', travel, undefined, undefined],
      ['unusual_location', 'EG', travel, undefined, undefined],
    ]);
  });

  it('tell of every login when asked to, except of a trusted device', async () => {
    await setSettings(t, { login_notifications: true });
    // also of one whose client says nothing about itself
    for (const login of [LAPTOP, LAPTOP, PHONE, {}, {}]) await open(t, user, login);
    expect(await kinds()).toEqual(Array(5).fill(['login', 0]));
    await t.sql('update tomo.devices set trusted = true');
    for (const login of [LAPTOP, PHONE, {}]) await open(t, user, login);
    expect(await kinds()).toHaveLength(5);
  });

  it('tell of one login with one message: a plain one only where no other tells of it', async () => {
    await setSettings(t, { login_notifications: true, new_device_alerts: true, location_alerts: true });
    const german = { country: 'DE', latitude: 50, longitude: 10 };
    await open(t, user, { ...LAPTOP, place: german });
    await open(t, user, { ...PHONE, place: german });
    await open(t, user, { ...PHONE, place: { country: 'EG', latitude: 25, longitude: 30 } });
    expect((await kinds()).map(([kind]) => kind)).toEqual(['login', 'new_device', 'unusual_location']);
    // a login that an alert counts has none of its own
    for (const place of [german, { country: 'EG', latitude: 25, longitude: 30 }])
      await open(t, user, { ...PHONE, place });
    expect((await kinds()).slice(2)).toEqual([
      ['unusual_location', 1],
      ['unusual_location', 0],
      ['login', 0],
    ]);
    // both at once are two matters
    await t.sql('update tomo.alerts set acknowledged_at = now()');
    await open(t, user, { ...TABLET, place: { country: 'BR', latitude: -10, longitude: -50 } });
    expect((await kinds()).slice(5).map(([kind]) => kind)).toEqual(['unusual_location', 'new_device']);
  });

  it('are raised of an untrusted device although another is trusted, and go with a login that is undone', async () => {
    await setSettings(t, { new_device_alerts: true, login_notifications: true });
    await open(t, user, LAPTOP);
    await t.sql('delete from tomo.alerts');
    await t.sql('update tomo.devices set trusted = true');
    const undone = t.db.transaction({ anySchema: true }, async (tx) => {
      await open(tx, user, PHONE);
      throw new Error('never mind');
    });
    await expect(undone).rejects.toThrow('never mind');
    expect(await alerts(t)).toEqual([]);
    await open(t, user, PHONE);
    expect(await kinds()).toEqual([['new_device', 0]]);
  });

  it('keep evidence that fits, whatever a client says about itself', async () => {
    await setSettings(t, { new_device_alerts: true, location_alerts: true, login_notifications: true });
    const long = '\u{1f4a9}'.repeat(5000);
    const place = (country: string, latitude: number) => ({
      country,
      region: long,
      city: long,
      isp: long,
      latitude,
      longitude: 0.1,
    });
    await open(t, user, { ...LAPTOP, place: place('DE', 50) });
    await open(t, user, {
      userAgent: long,
      screen: long,
      timeZone: long,
      method: long,
      ip: '203.0.113.9',
      place: place('EG', -50),
    });
    const found = await alerts(t);
    expect(found.map((alert) => alert.kind)).toEqual(['login', 'unusual_location', 'new_device']);
    expect(found[1]?.evidence).toMatchObject({
      to: { city: '\u{1f4a9}'.repeat(100) },
      from: { isp: '\u{1f4a9}'.repeat(200) },
    });
  });
});
