import { beforeEach, expect, it } from 'vitest';
import AlertSend from '../../src/commands/alert/send.ts';
import { anAlert, aUser, JOURNEY } from '../support/builders.ts';
import { onPostgres, type TestDatabase } from '../support/database.ts';
import { closedPort, mailServer, webhookServer } from '../support/receivers.ts';
import { run } from '../support/run.ts';

const SESSION = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const mailTo = (port: number, more: Record<string, string> = {}) => ({
  TOMO_SMTP_URL: `smtp://127.0.0.1:${port}`,
  TOMO_MAIL_FROM: 'Tomo <tomo@example.org>',
  ...more,
});
const webhookAt = (origin: string) => ({
  TOMO_WEBHOOK_URL: `${origin}/hooks/secret-path`,
  TOMO_WEBHOOK_SECRET: SECRET,
  TOMO_WEBHOOK_ALLOW: origin,
});

const alerts = (t: TestDatabase) =>
  t.sql<{ id: number; delivery: string; attempts: number; channels: string[]; last_error: string | null }>(
    `select id::int, delivery, attempts, array(select jsonb_object_keys(delivered) order by 1) as channels, last_error from tomo.alerts order by id`,
  );
const due = (t: TestDatabase) =>
  t.sql(`update tomo.alerts set next_attempt_at = now() - interval '1 second' where delivery = 'pending'`);

/** Headers and body of a mail, the body decoded. */
function read(raw: string): { headers: string; text: string } {
  const [head = '', ...body] = raw.split('\r\n\r\n');
  const headers = head.replaceAll(/\r\n[ \t]+/g, ' ');
  const joined = body.join('\r\n\r\n').replaceAll('=\r\n', '');
  const bytes = /quoted-printable/i.test(headers)
    ? joined.replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : joined;
  return { headers, text: Buffer.from(bytes, 'latin1').toString('utf8') };
}

onPostgres('alert send', (t) => {
  let ann: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann', email: 'ann@example.org' });
  });

  it('writes to the user, and what they should do', async () => {
    await anAlert(t, ann, { kind: 'unusual_location', session: SESSION, evidence: JOURNEY });
    const { port, mails } = await mailServer();
    const ran = await run(t, AlertSend, [], { env: mailTo(port) });
    expect(ran).toMatchObject({ stdout: 'Alerts: 1 sent.\n', stderr: '', exitCode: 0 });
    expect(mails).toMatchObject([{ from: 'tomo@example.org', to: ['ann@example.org'] }]);
    const { headers, text } = read(mails[0]?.raw ?? '');
    expect(headers).toMatch(/^From: Tomo <tomo@example\.org>$/m);
    expect(headers).toMatch(/^To: ann@example\.org$/m);
    expect(headers).toMatch(/^Subject: Login to your Tomo account from an unusual place$/m);
    expect(headers).toMatch(/^Auto-Submitted: auto-generated$/m);
    for (const fact of [
      /^Hello ann,/,
      /What +first login from Lagos, NG; 5,196 km from Berlin, DE in 20 min/,
      /From +Lagos, NG \(102\.89\.1\.2\)/,
      /Before that +Berlin, DE \(203\.0\.113\.7\), 2026-11-23 10:00:00 UTC/,
      /Distance +5,196 km in 20 min \(15,588 km\/h\)/,
      /Device +Firefox on Windows, desktop/,
      /If this was not you, tell your administrator at once and give this number: 3f2a9c41\./,
    ])
      expect(text).toMatch(fact);
    expect(await alerts(t)).toEqual([{ id: 1, delivery: 'sent', attempts: 1, channels: ['mail'], last_error: null }]);
    expect(await t.sql('select action, detail from tomo.audit_log')).toEqual([
      { action: 'send-alerts', detail: { sent: 1, failed: 0, dead: 0, tooOld: 0, revived: 0 } },
    ]);
  });

  it('has no link that whoever logged in has written', async () => {
    const evidence = {
      browser: 'evil.example.com',
      screen: 'https://evil.example/undo',
      timeZone: '1.2',
      ip: '203.0.113.7',
    };
    await anAlert(t, ann, { kind: 'new_device', session: SESSION, evidence });
    const { port, mails } = await mailServer();
    await run(t, AlertSend, [], { env: { ...mailTo(port), TOMO_MAIL_TO: 'ops@example.org' } });
    expect(mails).toHaveLength(2);
    for (const { raw } of mails) {
      const { text } = read(raw);
      expect(text).toMatch(/Device +evil\[\.\]example\[\.\]com, https\[:\]\/\/evil\[\.\]example\/undo, 1\.2\r?$/m);
      expect(text).toContain('203.0.113.7');
    }
  });

  it('sends the operators a copy with the commands', async () => {
    const odd = await aUser(t, { username: '-x $(reboot)', email: 'odd@example.org' });
    await anAlert(t, odd, { session: SESSION });
    const { port, mails } = await mailServer();
    await run(t, AlertSend, [], { env: mailTo(port, { TOMO_MAIL_TO: 'ops@example.org, boss@example.org' }) });
    const copy = mails.find(({ to }) => to.includes('ops@example.org'));
    expect(copy?.to).toEqual(['ops@example.org', 'boss@example.org']);
    const { headers, text } = read(copy?.raw ?? '');
    expect(headers).toMatch(/^Subject: Tomo alert: -x \$\(reboot\): Firefox on Windows, never seen before$/m);
    for (const command of [
      'tomo session show 3f2a9c41',
      'tomo session revoke 3f2a9c41',
      `tomo session revoke-user -- '-x $(reboot)'`,
      'tomo alert ack 1',
    ])
      expect(text).toContain(command);
    expect(await alerts(t)).toMatchObject([{ delivery: 'sent', channels: ['copy', 'mail'] }]);
  });

  it('lets no text of a user make headers, recipients or commands', async () => {
    const mean = await aUser(t, { username: 'mean\r\nBcc: victim@example.org\u202e', email: 'mean@example.org' });
    const two = await aUser(t, { username: 'two', email: 'two@example.org,victim@example.org' });
    const smuggler = await aUser(t, { username: 'smuggler', email: 'x@example.org>\r\nRCPT TO:<victim@example.org' });
    await anAlert(t, mean, { evidence: { browser: 'Fire\r\nX-Evil: 1', os: '\u001b[2J' } });
    await anAlert(t, two);
    await anAlert(t, smuggler);
    const { port, mails } = await mailServer();
    await run(t, AlertSend, [], { env: mailTo(port, { TOMO_MAIL_TO: 'ops@example.org' }) });
    expect(mails.flatMap(({ to }) => to).sort()).toEqual([
      'mean@example.org',
      'ops@example.org',
      'ops@example.org',
      'ops@example.org',
    ]);
    for (const { raw } of mails) {
      const { headers, text } = read(raw);
      expect(headers).not.toMatch(/^(Bcc|X-Evil)/im);
      expect(text).not.toMatch(/[\u001b\u202e]/);
    }
  });

  it('posts to a webhook, signed as the Standard Webhooks specification says', async () => {
    await anAlert(t, ann, { kind: 'unusual_location', session: SESSION, evidence: JOURNEY });
    const { origin, posts } = await webhookServer();
    expect(await run(t, AlertSend, [], { env: webhookAt(origin) })).toMatchObject({
      stdout: 'Alerts: 1 sent.\n',
      exitCode: 0,
    });
    const [post] = posts;
    expect(post?.url).toBe('/hooks/secret-path');
    expect(post?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': `alert_1_${SESSION.replaceAll('-', '')}`,
    });
    const stamp = Number(post?.headers['webhook-timestamp']);
    expect(Math.abs(Date.now() / 1000 - stamp)).toBeLessThan(60);
    // not with the code that made it
    const key = await crypto.subtle.importKey(
      'raw',
      new Uint8Array(32).fill(7),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const signed = new TextEncoder().encode(`${post?.headers['webhook-id']}.${stamp}.${post?.body}`);
    const signature = Buffer.from(await crypto.subtle.sign('HMAC', key, signed)).toString('base64');
    expect(post?.headers['webhook-signature']).toBe(`v1,${signature}`);
    const body = JSON.parse(post?.body ?? '{}');
    expect(body).toEqual({ type: 'alert.unusual_location', timestamp: expect.any(String), data: expect.any(Object) });
    expect(body.data).toMatchObject({
      id: 1,
      username: 'ann',
      sessionId: SESSION,
      evidence: JOURNEY,
      what: expect.stringMatching(/^first login/),
    });
    expect(await alerts(t)).toMatchObject([{ delivery: 'sent', channels: ['webhook'] }]);
  });

  it('does not mail again because the webhook fails', async () => {
    await anAlert(t, ann);
    const { port, mails } = await mailServer();
    let works = false;
    const { origin, posts } = await webhookServer((response) => response.writeHead(works ? 204 : 500).end());
    const env = { ...mailTo(port), ...webhookAt(origin) };
    const first = await run(t, AlertSend, [], { env });
    expect(first).toMatchObject({ stdout: 'Alerts: 1 failed and will be tried again.\n', exitCode: 8 });
    expect(first.stderr).toMatch(/^Warning: alert 1 \(ann\): webhook: answered 500; next attempt in (1m|\d\ds)$/m);
    expect(await alerts(t)).toEqual([
      { id: 1, delivery: 'pending', attempts: 1, channels: ['mail'], last_error: 'webhook: answered 500' },
    ]);
    works = true;
    expect((await run(t, AlertSend, [], { env })).stdout).toBe('Alerts: 1 waiting for another attempt.\n');
    await due(t);
    expect((await run(t, AlertSend, [], { env })).stdout).toBe('Alerts: 1 sent.\n');
    expect([mails.length, posts.length]).toEqual([1, 2]);
    expect(posts[0]?.headers['webhook-id']).toBe(posts[1]?.headers['webhook-id']);
    expect(await alerts(t)).toMatchObject([
      { delivery: 'sent', attempts: 2, channels: ['mail', 'webhook'], last_error: null },
    ]);
  });

  it('gives up after eight attempts; --retry-dead takes it up again', async () => {
    await anAlert(t, ann);
    const refusing = await mailServer({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await due(t);
      const { stdout } = await run(t, AlertSend, [], { env: mailTo(refusing.port) });
      expect(stdout).toBe(attempt < 8 ? 'Alerts: 1 failed and will be tried again.\n' : 'Alerts: 1 given up.\n');
    }
    expect(await alerts(t)).toMatchObject([
      { delivery: 'dead', attempts: 8, last_error: expect.stringMatching(/^mail: .*550 no such user/) },
    ]);
    const { port, mails } = await mailServer();
    expect((await run(t, AlertSend, [], { env: mailTo(port) })).stdout).toBe('Alerts: nothing to send.\n');
    expect((await run(t, AlertSend, ['--retry-dead'], { env: mailTo(port) })).stdout).toBe(
      'Alerts: 1 given another try, 1 sent.\n',
    );
    expect(mails).toHaveLength(1);
    expect(await alerts(t)).toMatchObject([{ delivery: 'sent', last_error: null }]);
  });

  it('gives up at once where there is nobody to send it to, and says so', async () => {
    await anAlert(t, await aUser(t, { username: 'bob' }));
    await anAlert(t, await aUser(t, { username: 'carl', email: 'no address' }));
    const { port } = await mailServer();
    const { stdout, stderr, exitCode } = await run(t, AlertSend, [], { env: mailTo(port) });
    expect({ stdout, exitCode }).toEqual({ stdout: 'Alerts: 2 given up.\n', exitCode: 8 });
    expect(stderr).toMatch(/alert 1 \(bob\): nobody to send it to: the user has no usable e-mail address.*given up/);
    expect(await alerts(t)).toMatchObject([{ delivery: 'dead', attempts: 1 }, { delivery: 'dead' }]);
  });

  it('sends again what a sender that died had taken', async () => {
    await anAlert(t, ann);
    await t.sql(`select from tomo.claim_alerts(1, interval '2 minutes')`);
    const { port, mails } = await mailServer();
    expect((await run(t, AlertSend, [], { env: mailTo(port) })).stdout).toBe(
      'Alerts: 1 waiting for another attempt.\n',
    );
    await due(t);
    expect((await run(t, AlertSend, [], { env: mailTo(port) })).stdout).toBe('Alerts: 1 sent.\n');
    expect(mails).toHaveLength(1);
    expect(await alerts(t)).toMatchObject([{ attempts: 2, delivery: 'sent' }]);
  });

  it('says nothing with --quiet when there is nothing to do', async () => {
    const { port } = await mailServer();
    await anAlert(t, ann, { delivery: 'sent' });
    expect(await run(t, AlertSend, ['--quiet'], { env: mailTo(port) })).toMatchObject({
      stdout: '',
      stderr: '',
      exitCode: 0,
    });
    expect(await t.sql('select id from tomo.audit_log')).toEqual([]);
    await anAlert(t, ann);
    expect((await run(t, AlertSend, ['--quiet'], { env: mailTo(port) })).stdout).toBe('Alerts: 1 sent.\n');
  });

  it('says with --dry-run what would go to whom, and does nothing', async () => {
    await anAlert(t, ann);
    await anAlert(t, await aUser(t, { username: 'bob' }));
    await anAlert(t, ann, { age: 20 * 24 * 60 });
    await anAlert(t, ann, { delivery: 'dead' });
    const port = await closedPort();
    const env = { ...mailTo(port, { TOMO_MAIL_TO: 'ops@example.org' }), ...webhookAt('https://hooks.example.org') };
    const before = await alerts(t);
    const { stdout, exitCode } = await run(t, AlertSend, ['--dry-run', '--retry-dead'], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Would send 3 alerts \(1 of them had been given up, 1 too old to be sent\):/);
    expect(stdout).toContain(
      '1 ann: Firefox on Windows, never seen before\n      to mail ann@example.org, copy ops@example.org, webhook https://hooks.example.org\n',
    );
    expect(stdout).toContain(
      '2 bob: Firefox on Windows, never seen before\n      to copy ops@example.org, webhook https://hooks.example.org\n',
    );
    expect(stdout).not.toContain('secret-path');
    expect(await alerts(t)).toEqual(before);
    const json = await run(t, AlertSend, ['--dry-run', '--json'], { env });
    expect(json.json()).toMatchObject({
      dryRun: true,
      due: 2,
      tooOld: 1,
      first: [{ recipients: [{ channel: 'mail', to: 'ann@example.org' }, {}, {}] }, {}],
    });
  });

  it('does not send what is older than a week, or --max-age', async () => {
    await anAlert(t, ann, { age: 8 * 24 * 60 });
    const { port, mails } = await mailServer();
    expect((await run(t, AlertSend, [], { env: mailTo(port) })).stdout).toBe('Alerts: 1 too old to be sent.\n');
    expect((await run(t, AlertSend, ['--retry-dead', '--max-age', '30d'], { env: mailTo(port) })).stdout).toMatch(
      /1 sent/,
    );
    expect(mails).toHaveLength(1);
  });

  it('tries no more than --limit, and stops when its time is up: exit 8', async () => {
    for (let i = 0; i < 12; i += 1) await anAlert(t, ann);
    const slow = await webhookServer((response) => void setTimeout(() => response.end(), 1100));
    expect(await run(t, AlertSend, ['--limit', '2'], { env: webhookAt(slow.origin) })).toMatchObject({
      stdout: 'Alerts: 2 sent, 10 still due.\n',
      exitCode: 0,
    });
    // no delivery ends before the time is up, and however slow the machine is, no second one begins
    const { stdout, exitCode } = await run(t, AlertSend, ['--max-duration', '1s'], { env: webhookAt(slow.origin) });
    expect(exitCode).toBe(8);
    expect(stdout).toMatch(/^Alerts: ([1-5] sent, )?\d+ still due\. Time is used up: work remains\.\n$/);
  });

  it('finishes at Ctrl-C what it has begun: exit 130', async () => {
    for (let i = 0; i < 12; i += 1) await anAlert(t, ann);
    let press = () => {};
    const { origin, posts } = await webhookServer((response) => {
      press();
      response.end();
    });
    const { stdout, exitCode } = await run(t, AlertSend, [], {
      env: webhookAt(origin),
      interrupt: (callback) => (press = callback),
    });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/still due\. Interrupted: work remains\./);
    const sent = (await alerts(t)).filter(({ delivery }) => delivery === 'sent');
    expect(sent).toHaveLength(posts.length);
    expect((await alerts(t)).every(({ attempts }) => attempts <= 1)).toBe(true);
  });

  it('stops trying when nobody answers, so that a dead server uses up no attempts', async () => {
    for (let i = 0; i < 30; i += 1) await anAlert(t, ann);
    const { stdout, exitCode } = await run(t, AlertSend, [], { env: mailTo(await closedPort()) });
    expect(exitCode).toBe(8);
    expect(stdout).toMatch(/^Alerts: \d failed and will be tried again, 2\d still due\.\n$/);
    expect((await alerts(t)).filter(({ attempts }) => attempts > 0).length).toBeLessThan(10);
  });

  it('sends what is pending although the settings have been switched off since', async () => {
    const login = (browser: string) =>
      t.sql(`select from tomo.open_session($1, '203.0.113.7', $2)`, [
        ann,
        `Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 ${browser}/140.0`,
      ]);
    await login('Firefox');
    await t.sql(`select tomo.set_settings('{"new_device_alerts": true, "login_notifications": true}')`);
    await login('Chrome');
    await login('Firefox');
    await t.sql(`select tomo.set_settings('{"new_device_alerts": false, "login_notifications": false}')`);
    await login('Opera');
    const { port, mails } = await mailServer();
    expect((await run(t, AlertSend, [], { env: mailTo(port) })).stdout).toBe('Alerts: 2 sent.\n');
    expect(mails.map(({ raw }) => /^Subject: (.*)$/m.exec(read(raw).headers)?.[1]).sort()).toEqual([
      'Login to your Tomo account',
      'Login to your Tomo account from a new device',
    ]);
  });
});

onPostgres('several alert senders at once', (t) => {
  it('deliver each of 100 alerts once to each channel', async () => {
    for (let i = 0; i < 10; i += 1) {
      const user = await aUser(t, { email: `user${i}@example.org` });
      for (let n = 0; n < 10; n += 1) await anAlert(t, user);
    }
    const { port, mails } = await mailServer();
    const { origin, posts } = await webhookServer();
    const env = { ...mailTo(port, { TOMO_MAIL_TO: 'ops@example.org' }), ...webhookAt(origin) };
    const others = await Promise.all([t.connect(), t.connect()]);
    const ran = await Promise.all([t.db, ...others].map((db) => run({ ...t, db }, AlertSend, ['--json'], { env })));
    const reports = ran.map((one) => one.json<{ sent: number; failed: number }>());
    expect(reports.reduce((sum, { sent }) => sum + sent, 0)).toBe(100);
    expect(reports.every(({ failed }) => failed === 0)).toBe(true);
    expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(100);
    expect(posts).toHaveLength(100);
    const ids = mails.map(({ raw }) => /^Message-ID: (.*)$/im.exec(read(raw).headers)?.[1]);
    expect(new Set(ids).size).toBe(200);
    expect(ids).toHaveLength(200);
    expect(await t.sql(`select delivery, count(*)::int as n from tomo.alerts group by 1`)).toEqual([
      { delivery: 'sent', n: 100 },
    ]);
  });

  it('record on a new connection what was delivered when theirs was ended', async () => {
    await anAlert(t, await aUser(t, { email: 'ann@example.org' }));
    const ended = await t.connect();
    const [{ pid } = { pid: 0 }] = await ended.query<{ pid: number }>('select pg_backend_pid() as pid');
    const { origin } = await webhookServer((response) => {
      void t.sql('select pg_terminate_backend($1::int)', [pid]).then(() => response.end());
    });
    expect((await run({ ...t, db: ended }, AlertSend, ['--limit', '1'], { env: webhookAt(origin) })).exitCode).toBe(0);
    expect(await alerts(t)).toMatchObject([{ delivery: 'sent' }]);
  });

  it('deliver again what one of them had delivered when it was killed before it could say so', async () => {
    await anAlert(t, await aUser(t, { email: 'ann@example.org' }));
    const dying = await t.connect();
    const { origin, posts } = await webhookServer((response) => {
      if (posts.length > 1) return response.end();
      dying.abandon();
      response.end();
    });
    const killed = await run({ ...t, db: dying }, AlertSend, [], { env: webhookAt(origin) });
    expect(killed.exitCode).toBe(130);
    expect(await alerts(t)).toMatchObject([{ delivery: 'pending', attempts: 1, channels: [] }]);
    await due(t);
    expect((await run(t, AlertSend, [], { env: webhookAt(origin) })).stdout).toBe('Alerts: 1 sent.\n');
    expect(posts).toHaveLength(2);
    expect(posts[0]?.headers['webhook-id']).toBe(posts[1]?.headers['webhook-id']);
  });
});
