import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/port/database.ts';
import { grantsSql } from '../../src/db/schema/grants.ts';
import { listenForRevocations, type SessionsEnded } from '../../src/domain/server/listener.ts';
import {
  disownLogin,
  distrustOwnDevice,
  forgetOwnDevice,
  listOwnAlerts,
  listOwnDevices,
  listOwnSessions,
  revokeOwnOthers,
  revokeOwnSession,
} from '../../src/domain/server/own-sessions.ts';
import { openSession } from '../../src/domain/server/session.ts';
import { aDevice, anAlert, aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { PATIENCE } from '../support/patience.ts';
import { auditRows, codeFrom, count, fate, one, pass } from './helpers.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

onPostgres('what people do about their own sessions', (t) => {
  const role = `own_${process.pid}`;
  let server: Database;
  let alice: string;
  let bob: string;
  let his: string;
  let here: { id: string; userId: string };

  beforeAll(async () => {
    await t.sql(`create role ${role} login`);
    const grants = grantsSql('server', role).replaceAll(/^(begin|commit);$/gm, '');
    await t.db.transaction({}, (tx) => tx.script(grants));
    server = await t.connect();
    await server.query(`set session authorization ${role}`);
  });
  afterAll(async () => {
    await server.query('discard all');
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
  });
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice', role: 'readonly' });
    bob = await aUser(t, { username: 'bob' });
    his = await aSession(t, bob);
    here = await logIn('1x1');
  });

  /** Of a device that the screen tells from others. */
  async function logIn(screen: string, userId = alice) {
    return openSession(server, {
      userId,
      ip: '203.0.113.7',
      userAgent: FIREFOX,
      screen,
      place: { country: 'DE', city: 'Berlin' },
    });
  }
  const deviceOf = async (id: string) =>
    (await one<{ device_id: string }>(t, 'select device_id from tomo.sessions where id = $1', [id])).device_id;
  const ACTOR = { user: 'alice', claimed: true, dbRole: role };
  const nothingHappened = async () => {
    expect(await count(t, 'tomo.revocations')).toBe(0);
    expect(await count(t, 'tomo.audit_log')).toBe(0);
  };

  it('see the live ones, the current one first and marked, and nobody else’s', async () => {
    const phone = await aSession(t, alice, {
      idle: 5,
      remember: true,
      browser: 'Safari',
      os: 'iOS',
      ip: '2001:db8::7',
    });
    await aSession(t, alice, { ended: 1, reason: 'logout' });
    await aSession(t, alice, { idle: 90 });
    const list = await listOwnSessions(server, here);
    expect(list.map(({ sessionId, isCurrent }) => [sessionId, isCurrent])).toEqual([
      [here.id, true],
      [phone, false],
    ]);
    expect(list[0]).toMatchObject({
      browser: 'Firefox',
      os: 'Linux',
      country: 'DE',
      city: 'Berlin',
      ip: '203.0.113.7',
    });
    expect(list[1]).toMatchObject({ browser: 'Safari', ip: '2001:db8::7', rememberMe: true, deviceTrusted: false });
    const { lastActivityAt = '', expiresAt = '' } = list[0] ?? {};
    expect(Date.parse(expiresAt) - Date.parse(lastActivityAt)).toBe(3_600_000);
  });

  it('end one: in force, in the audit by name and role, and to be undone by an administrator', async () => {
    const other = await logIn('2x2');
    const revocation = await revokeOwnSession(server, here, other.id.toUpperCase());
    expect(await liveIds(t)).toEqual([his, here.id].sort());
    expect(await fate(t, other.id)).toMatchObject({ reason: 'revoked', by: 'alice (claimed)', revocation });
    expect(await auditRows(t)).toEqual([
      expect.objectContaining({ action: 'revoke', reason: 'by the user', actor: ACTOR }),
    ]);
    await t.sql('select tomo.restore($1)', [revocation]);
    expect(await liveIds(t)).toContain(other.id);
  });

  it('tell whoever holds something open', async () => {
    const told: SessionsEnded[] = [];
    const listener = await listenForRevocations(server, { onEnded: (ended) => void told.push(ended) });
    const other = await logIn('2x2');
    await revokeOwnSession(server, here, other.id);
    await logIn('2x2');
    await revokeOwnOthers(server, here);
    await vi.waitUntil(() => told.length === 2, PATIENCE);
    expect(told).toMatchObject([
      { scope: 'sessions', sessionIds: [other.id] },
      { scope: 'user', userId: alice, kept: [here.id] },
    ]);
    await listener.close();
  });

  it.each([
    ['of somebody else', () => his],
    ['that does not exist', () => UNKNOWN],
    ['that is none', () => `x' or true --`],
    ['that is nothing', () => null],
  ])('get the same answer for an id %s, and nothing happens', async (_, id) => {
    const device = await aDevice(t, bob, { trusted: true });
    const alert = await anAlert(t, bob, { session: his });
    const theirs = id() === his;
    expect(await revokeOwnSession(server, here, id())).toBeNull();
    expect(await forgetOwnDevice(server, here, theirs ? device : id())).toBe(false);
    expect(await distrustOwnDevice(server, here, theirs ? device : id())).toBe(false);
    expect(await disownLogin(server, here, theirs ? alert : Number.NaN)).toEqual({
      known: false,
      revocation: null,
      ended: 0,
    });
    expect(await disownLogin(server, here, alert + 1)).toEqual({ known: false, revocation: null, ended: 0 });
    await nothingHappened();
    expect(await liveIds(t)).toEqual([his, here.id].sort());
  });

  it('need a live session of that very user, whatever is called', async () => {
    const dead = await aSession(t, alice, { ended: 1 });
    const functions = await t.sql<{ call: string }>(
      `select proname || '(' || array_to_string(array['$1', '$2'] || array(
                select 'null' from generate_series(3, pronargs)), ', ') || ')' as call
         from pg_proc where pronamespace = 'tomo'::regnamespace and proargnames[1:2] = '{p_user,p_session}' and prosecdef
          and has_function_privilege($1, oid, 'execute') order by 1`,
      [role],
    );
    expect(functions).toHaveLength(8);
    for (const { call } of functions) {
      for (const pair of [
        [alice, his],
        [bob, here.id],
        [alice, dead],
        [alice, UNKNOWN],
        [UNKNOWN, here.id],
        [alice, null],
        [null, here.id],
        [null, null],
      ])
        expect([call, pair, await codeFrom(server.query(`select tomo.${call}`, pair))]).toEqual([call, pair, 'TM030']);
      expect([call, await codeFrom(server.query(`select tomo.${call}`, [alice, here.id]))]).toEqual([call, undefined]);
    }
    await nothingHappened();
    await expect(listOwnSessions(server, { id: dead, userId: alice })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    });
  });

  it('end all the others, and leave no trace where there is none', async () => {
    expect(await revokeOwnOthers(server, here)).toEqual({ revocation: null, ended: 0 });
    await nothingHappened();
    await logIn('2x2');
    await aSession(t, alice, { idle: 30 });
    expect(await revokeOwnOthers(server, here)).toMatchObject({ revocation: expect.any(Number), ended: 2 });
    expect(await liveIds(t)).toEqual([his, here.id].sort());
    expect(await auditRows(t)).toEqual([expect.objectContaining({ action: 'revoke-user', actor: ACTOR })]);
  });

  it('see their devices, forget all but the one in use, and cannot trust one', async () => {
    const other = await logIn('2x2');
    const [used, second] = [await deviceOf(here.id), await deviceOf(other.id)];
    await t.sql('update tomo.devices set trusted = true');
    expect(await listOwnDevices(server, here)).toEqual([
      expect.objectContaining({ deviceId: used, isCurrent: true, screen: '1x1', liveSessions: 1, trusted: true }),
      expect.objectContaining({ deviceId: second, isCurrent: false, browser: 'Firefox', trusted: true }),
    ]);
    expect(await distrustOwnDevice(server, here, used)).toBe(true);
    expect(await distrustOwnDevice(server, here, used)).toBe(false);
    expect(await forgetOwnDevice(server, here, used)).toBe(false);
    expect(await forgetOwnDevice(server, here, second)).toBe(true);
    expect((await listOwnDevices(server, here)).map((device) => [device.deviceId, device.trusted])).toEqual([
      [used, false],
    ]);
    expect((await auditRows(t)).map(({ action, actor }) => [action, actor])).toEqual([
      ['untrust-device', ACTOR],
      ['forget-device', ACTOR],
    ]);
  });

  it('disown a login: its sessions and those of its device are out for good, and the device is new again', async () => {
    const friend = await logIn('2x2');
    await t.sql('update tomo.settings set new_device_alerts = true');
    const intruder = await logIn('6x6');
    const again = await logIn('6x6');
    const [alert] = (await listOwnAlerts(server, here)).filter(({ sessionId }) => sessionId === intruder.id);
    expect(alert).toMatchObject({
      kind: 'new_device',
      isLive: true,
      isCurrent: false,
      browser: 'Firefox',
      country: 'DE',
      ip: '203.0.113.7',
      isDisowned: false,
    });
    // an operator has ended one already, which could be undone
    await t.sql('select tomo.revoke_sessions(array[$1::uuid])', [again.id]);
    const { revocation, ...rest } = await disownLogin(server, here, alert?.alertId);
    expect(rest).toEqual({ known: true, ended: 1 });
    for (const id of [intruder.id, again.id]) expect(await fate(t, id)).toMatchObject({ state: 'revoked' });
    expect(await liveIds(t)).toEqual([his, here.id, friend.id].sort());
    expect(await codeFrom(t.sql('select tomo.restore($1)', [revocation]))).toBe('TM021');
    expect((await auditRows(t)).slice(1)).toEqual([
      expect.objectContaining({ action: 'revoke', actor: ACTOR, reason: `not me: alert ${alert?.alertId}` }),
      expect.objectContaining({ action: 'disown-login', actor: ACTOR }),
    ]);
    expect((await listOwnAlerts(server, here)).find(({ alertId }) => alertId === alert?.alertId)).toMatchObject({
      isLive: false,
      isDisowned: true,
      acknowledgedAt: expect.any(String),
    });
    // once is enough
    expect(await disownLogin(server, here, alert?.alertId)).toEqual({ known: true, revocation: null, ended: 0 });
    expect(await auditRows(t)).toHaveLength(3);
    await pass(t, 2);
    const { id } = await logIn('6x6');
    expect(await deviceOf(id)).not.toBe(await deviceOf(intruder.id));
  });

  it('disown a login on the device in use without losing the session that asks, or that very session', async () => {
    const twin = await logIn('1x1');
    const mine = await anAlert(t, alice, { kind: 'login', session: twin.id });
    expect(await disownLogin(server, here, mine)).toMatchObject({ known: true, ended: 1 });
    expect(await liveIds(t)).toEqual([his, here.id].sort());
    expect(await listOwnDevices(server, here)).toHaveLength(1);
    const itself = await anAlert(t, alice, { kind: 'login', session: here.id });
    expect(await disownLogin(server, here, itself)).toMatchObject({ known: true, ended: 1 });
    expect(await liveIds(t)).toEqual([his]);
  });
});
