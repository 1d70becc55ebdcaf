import { beforeEach, expect, it } from 'vitest';
import DeviceForget from '../../src/commands/device/forget.ts';
import DeviceLabel from '../../src/commands/device/label.ts';
import DeviceRevoke from '../../src/commands/device/revoke.ts';
import DeviceShow from '../../src/commands/device/show.ts';
import DeviceTrust from '../../src/commands/device/trust.ts';
import { auditRows } from '../db/helpers.ts';
import { aDevice, aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const LAPTOP = '7c1d20aa-0000-4000-8000-000000000001';
const PHONE = '7c1d20ab-0000-4000-8000-000000000002';
const OTHER = '51e0b3f4-0000-4000-8000-000000000003';

onPostgres('changing devices', (t) => {
  let ann: string;
  let bob: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
    bob = await aUser(t, { username: 'bob' });
    await aDevice(t, ann, { id: LAPTOP, browser: 'Firefox', os: 'Windows' });
    await aDevice(t, ann, { id: PHONE, browser: 'Safari', os: 'iOS', trusted: true });
    await aDevice(t, bob, { id: OTHER });
  });

  const trusted = async () =>
    (await t.sql<{ id: string }>('select id from tomo.devices where trusted order by id')).map((row) => row.id);
  const devices = async () =>
    (await t.sql<{ id: string }>('select id from tomo.devices order by id')).map((row) => row.id);
  const actions = async () => (await auditRows(t)).map((row) => row.action);
  const login = async (user: string) =>
    (
      await t.sql<{ fresh: boolean }>(
        `select device_is_new as fresh from tomo.open_session(p_user => $1::uuid, p_ip => '203.0.113.7', p_user_agent => 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')`,
        [user],
      )
    )[0]?.fresh;

  it('shows one, and ends what is open on it, on any of several, or on none', async () => {
    const openOn = async (user: string, device: string) => {
      const id = await aSession(t, user);
      await t.sql('update tomo.sessions set device_id = $2::uuid where id = $1::uuid', [id, device]);
      return id;
    };
    const here = await openOn(ann, LAPTOP);
    const there = await openOn(ann, PHONE);
    const bobs = await openOn(bob, OTHER);
    const shown = await run(t, DeviceShow, ['7c1d20aa']);
    expect(shown.stdout).toMatch(/^Device +7c1d20aa-.*\nUser +ann\nClient +Firefox on Windows$/m);
    expect(shown.stdout).toContain(here.slice(0, 8));
    expect(shown.stdout).not.toContain(there.slice(0, 8));
    expect(await run(t, DeviceShow, ['abcd'])).toMatchObject({ exitCode: 4 });

    expect(await run(t, DeviceRevoke, ['7c1d20aa'])).toMatchObject({ exitCode: 6 });
    expect(await run(t, DeviceRevoke, ['7c1d20aa', 'abcd', '--yes'])).toMatchObject({ exitCode: 4 });
    expect(await run(t, DeviceRevoke, ['7c1d20aa', '--yes', '--expect', '2'])).toMatchObject({ exitCode: 6 });
    expect((await run(t, DeviceRevoke, ['7c1d20aa', '--dry-run'])).stdout).toContain('1 live session of 1 user');
    expect(await liveIds(t)).toEqual([here, there, bobs].sort());
    const asked = await run(t, DeviceRevoke, ['7c1d20aa'], { tty: true, answers: [[/\? /, 'y\n']] });
    expect(asked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Revoked 1 session') });
    expect(await liveIds(t)).toEqual([there, bobs].sort());
    expect(await run(t, DeviceRevoke, [PHONE, OTHER, '--yes', '--reason', 'stolen'])).toMatchObject({ exitCode: 0 });
    expect(await liveIds(t)).toEqual([]);
    expect((await auditRows(t)).map((row) => row.action)).toEqual(['revoke', 'revoke']);
  });

  it('trusts each id that is there, says what is so already and what is not found, and audits what has changed', async () => {
    const ran = await run(t, DeviceTrust, ['7C1D20AA', PHONE, 'abcd']);
    expect(ran.exitCode).toBe(4);
    expect(ran.stdout).toBe(
      '7c1d20aa trusted (ann, Firefox on Windows)\n7c1d20ab was trusted already (ann, Safari on iOS)\nabcd not found\n',
    );
    expect(ran.stderr).toMatch(/Nobody is told of logins from there.*new devices and of unusual places are as before/);
    expect(await trusted()).toEqual([LAPTOP, PHONE]);
    expect(await auditRows(t)).toMatchObject([
      { action: 'trust-device', detail: { count: 1, devices: [{ id: LAPTOP, user: ann }] } },
    ]);
  });

  it('trusts no longer with --off', async () => {
    const ran = await run(t, DeviceTrust, ['--off', '7c1d20ab', '7c1d20aa']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toBe(
      '7c1d20ab no longer trusted (ann, Safari on iOS)\n7c1d20aa was not trusted (ann, Firefox on Windows)\n',
    );
    expect(await trusted()).toEqual([]);
    expect(await actions()).toEqual(['untrust-device']);
  });

  it('changes and audits nothing when nothing is to be changed', async () => {
    expect(await run(t, DeviceTrust, [PHONE, PHONE])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(t, DeviceForget, ['abcd'])).exitCode).toBe(4);
    expect(await actions()).toEqual([]);
  });

  it('takes ids from stdin, and answers as JSON', async () => {
    const ran = await run(t, DeviceTrust, ['-', '--json'], { stdin: `${LAPTOP}\n${OTHER}\n` });
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      changed: 2,
      results: [
        { id: LAPTOP, outcome: 'trusted', device: { id: LAPTOP, trusted: true } },
        { id: OTHER, outcome: 'trusted', device: { username: 'bob' } },
      ],
    });
  });

  it('changes nothing when an id is ambiguous', async () => {
    for (const command of [DeviceTrust, DeviceForget])
      expect(await run(t, command, ['51e0b3f4', '7c1d'])).toMatchObject({
        stdout: '',
        exitCode: 2,
        stderr: expect.stringContaining('2 devices start with 7c1d'),
      });
    expect(await trusted()).toEqual([PHONE]);
    expect(await devices()).toHaveLength(3);
    expect(await actions()).toEqual([]);
  });

  it('forgets devices and leaves their sessions alone', async () => {
    const session = await aSession(t, ann);
    await t.sql('update tomo.sessions set device_id = $1', [LAPTOP]);
    const ran = await run(t, DeviceForget, [LAPTOP, OTHER, 'abcd', '--yes']);
    expect(ran.exitCode).toBe(4);
    expect(ran.stdout).toBe(
      '7c1d20aa forgotten (ann, Firefox on Windows)\n51e0b3f4 forgotten (bob, unknown)\nabcd not found\n',
    );
    expect(ran.stderr).toMatch(
      /next login from one of them is from a new device\. 1 live session from there goes on\. No device is left of bob:/,
    );
    expect(await devices()).toEqual([PHONE]);
    expect(await liveIds(t)).toEqual([session]);
    expect(await auditRows(t)).toMatchObject([{ action: 'forget-device', detail: { count: 2 } }]);
  });

  it('asks before it forgets, since nothing brings that back, and needs --yes without a terminal', async () => {
    expect(await run(t, DeviceForget, [LAPTOP])).toMatchObject({ exitCode: 6, stdout: '' });
    const ask = (keys: string) =>
      run(t, DeviceForget, [LAPTOP, 'abcd'], {
        tty: true,
        answers: [[/ann +Firefox on Windows[\s\S]*Forget 1 device for good\?/, keys]],
      });
    expect(await ask('\r')).toMatchObject({ exitCode: 6 });
    expect(await devices()).toHaveLength(3);
    expect(await ask('y\r')).toMatchObject({ exitCode: 4 });
    expect(await devices()).toHaveLength(2);
  });

  it('makes the next login from a forgotten device one from a new device', async () => {
    expect(await login(bob)).toBe(true);
    expect(await login(bob)).toBe(false);
    const [id = ''] = (await devices()).filter((device) => ![LAPTOP, PHONE, OTHER].includes(device));
    await run(t, DeviceForget, [id, '--yes']);
    expect(await login(bob)).toBe(true);
  });

  it('lets a login from a trusted device pass without a notification, and no other one', async () => {
    await t.sql('update tomo.settings set login_notifications = true, new_device_alerts = true');
    await login(ann);
    const alerts = async () =>
      (await t.sql<{ kind: string }>('select kind from tomo.alerts order by id')).map((row) => row.kind);
    expect(await alerts()).toEqual(['new_device']);
    const [id = ''] = (await devices()).filter((device) => ![LAPTOP, PHONE, OTHER].includes(device));
    await run(t, DeviceTrust, [id]);
    await login(ann);
    expect(await alerts()).toEqual(['new_device']);
    await run(t, DeviceTrust, [id, '--off']);
    await login(ann);
    expect(await alerts()).toEqual(['new_device', 'login']);
  });

  it('gives a device a name and takes it away again', async () => {
    expect((await run(t, DeviceLabel, ['7c1d20aa', ' office laptop '])).stdout).toBe(
      '7c1d20aa is called "office laptop" now (ann, Firefox on Windows)\n',
    );
    expect((await run(t, DeviceLabel, ['7c1d20aa', 'office laptop'])).stdout).toMatch(
      /is called "office laptop" already/,
    );
    expect((await run(t, DeviceLabel, ['7c1d20aa', '--remove', '--json'])).json()).toMatchObject({
      changed: true,
      device: { id: LAPTOP, label: null },
    });
    expect((await run(t, DeviceLabel, ['7c1d20aa', '--remove'])).stdout).toMatch(/has no label already/);
    expect((await auditRows(t)).map(({ action, detail }) => [action, detail])).toMatchObject([
      ['label-device', { device: LAPTOP, from: null, to: 'office laptop' }],
      ['label-device', { device: LAPTOP, from: 'office laptop', to: null }],
    ]);
  });

  it.each([
    [['abcd', 'x'], 4, /There is no device abcd/],
    [['7c1d', 'x'], 2, /2 devices start with 7c1d/],
  ])('does not label with %j', async (argv, code, message) => {
    const { stderr, exitCode } = await run(t, DeviceLabel, argv);
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(message);
    expect(await actions()).toEqual([]);
  });

  it('takes a name of 100 characters whatever their size', async () => {
    expect((await run(t, DeviceLabel, ['7c1d20aa', '😀'.repeat(100)])).exitCode).toBe(0);
  });
});
