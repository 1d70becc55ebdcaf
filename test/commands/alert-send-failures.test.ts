import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import AlertSend from '../../src/commands/alert/send.ts';
import { anAlert, aUser } from '../support/builders.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { onPostgres } from '../support/database.ts';
import { closedPort, mailServer, webhookServer } from '../support/receivers.ts';
import { run } from '../support/run.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const FROM = { TOMO_MAIL_FROM: 'tomo@example.org' };
const smtpAt = (port: number) => ({ ...FROM, TOMO_SMTP_URL: `smtp://127.0.0.1:${port}` });
const webhookAt = (url: string, allow = new URL(url).origin) => ({
  TOMO_WEBHOOK_URL: url,
  TOMO_WEBHOOK_SECRET: SECRET,
  ...(allow ? { TOMO_WEBHOOK_ALLOW: allow } : {}),
});

function reply(code: number, message: string) {
  return (_: unknown, __: unknown, done: (error: Error) => void) =>
    done(Object.assign(new Error(message), { responseCode: code }));
}

onPostgres('what can go wrong with alert send', (t) => {
  beforeEach(async () => {
    await anAlert(t, await aUser(t, { username: 'ann', email: 'ann@example.org' }));
  });

  /** Sends the one alert, which fails, and returns what was kept of it. */
  const failing = async (env: NodeJS.ProcessEnv) => {
    const { stdout, stderr, exitCode } = await run(t, AlertSend, [], { env });
    expect({ stdout, exitCode }).toEqual({ stdout: 'Alerts: 1 failed and will be tried again.\n', exitCode: 8 });
    const [row] = await t.sql<{ last_error: string; delivery: string; delivered: object }>(
      'select last_error, delivery, delivered from tomo.alerts',
    );
    expect(row).toMatchObject({ delivery: 'pending', delivered: {} });
    expect(stderr).toContain(row?.last_error);
    return row?.last_error ?? '';
  };

  describe('the mail server', () => {
    it.each([
      ['greylists', { onRcptTo: reply(450, 'come back later') }, /450 come back later/],
      ['refuses the recipient', { onRcptTo: reply(550, 'no such user') }, /550 no such user/],
      ['refuses the sender', { onMailFrom: reply(553, 'who are you') }, /553 who are you/],
      [
        'refuses the message',
        {
          onData: (stream: NodeJS.ReadableStream, _: unknown, done: (error: Error) => void) =>
            stream.resume().once('end', () => done(Object.assign(new Error('spam'), { responseCode: 554 }))),
        },
        /554 spam/,
      ],
      [
        'refuses everybody',
        { onConnect: (_: unknown, done: (error: Error) => void) => done(new Error('go away')) },
        /554 go away/,
      ],
    ])('%s', async (_, options, message) => {
      const { port } = await mailServer(options);
      expect(await failing(smtpAt(port))).toMatch(message);
    });

    it('is not there', async () => {
      expect(await failing(smtpAt(await closedPort()))).toMatch(/^mail: connect ECONNREFUSED 127\.0\.0\.1/);
    });

    it('has a certificate that nobody vouches for', async () => {
      const { port, mails } = await mailServer({ secure: true });
      expect(await failing({ ...FROM, TOMO_SMTP_URL: `smtps://127.0.0.1:${port}` })).toMatch(/self-signed certificate/);
      const later = await mailServer({ disabledCommands: [] });
      await t.sql('update tomo.alerts set next_attempt_at = now()');
      expect(await failing(smtpAt(later.port))).toMatch(/self-signed certificate/);
      expect([...mails, ...later.mails]).toEqual([]);
    });

    it('repeats the password when it refuses it: it is not kept', async () => {
      const { port } = await mailServer({
        onAuth: ({ password }, _, done) => done(new Error(`535 wrong password ${password}`)),
      });
      const error = await failing({ ...FROM, TOMO_SMTP_URL: `smtp://joe:p%40ss-word@127.0.0.1:${port}` });
      expect(error).toMatch(/wrong password …/);
      expect(error).not.toMatch(/p@ss-word|p%40ss/);
    });

    it('gets no password without TLS, unless it is on this machine', async () => {
      const asked: string[] = [];
      const { port, mails } = await mailServer({
        onAuth: ({ username }, _, done) => {
          asked.push(username ?? '');
          done(null, { user: username });
        },
      });
      // another way to write this machine, which does not look like it
      expect(await failing({ ...FROM, TOMO_SMTP_URL: `smtp://joe:secret@0.0.0.0:${port}` })).toMatch(/TLS|STARTTLS/i);
      expect(asked).toEqual([]);
      await t.sql('update tomo.alerts set next_attempt_at = now()');
      await run(t, AlertSend, [], { env: { ...FROM, TOMO_SMTP_URL: `smtp://joe:secret@127.0.0.1:${port}` } });
      expect(mails).toMatchObject([{ user: 'joe', to: ['ann@example.org'] }]);
    });
  });

  describe('the webhook', () => {
    it.each([400, 404, 410, 500, 503])('answers %i', async (status) => {
      const { origin } = await webhookServer((response) => response.writeHead(status).end('password=hunter2'));
      expect(await failing(webhookAt(`${origin}/x`))).toBe(`webhook: answered ${status}`);
    });

    it.each([301, 302, 307, 308])('answers with the redirect %i, which is not followed', async (status) => {
      const elsewhere = await webhookServer();
      const { origin } = await webhookServer((response) =>
        response.writeHead(status, { location: elsewhere.origin }).end(),
      );
      expect(await failing(webhookAt(origin))).toBe(
        `webhook: answered with a redirect (${status}), which is not followed`,
      );
      expect(elsewhere.posts).toEqual([]);
    });

    it('is not there', async () => {
      expect(await failing(webhookAt(`http://127.0.0.1:${await closedPort()}/hooks/token`))).toMatch(
        /^webhook: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
      );
    });

    it('hangs up', async () => {
      const { origin } = await webhookServer((response) => response.destroy());
      expect(await failing(webhookAt(origin))).toMatch(/^webhook: socket hang up$/);
    });

    it('has a certificate that nobody vouches for', async () => {
      const { origin, posts } = await webhookServer(undefined, true);
      expect(await failing(webhookAt(origin))).toMatch(/self-signed certificate/);
      expect(posts).toEqual([]);
    });

    it.each([
      'https://127.0.0.1',
      'https://localhost',
      'https://[::1]',
      'https://0x7f.1',
      'https://[::ffff:127.0.0.1]',
      'https://10.1.2.3',
      'https://169.254.169.254',
    ])('at %s is not connected to unless it is listed', async (origin) => {
      const { port, posts } = await webhookServer(undefined, true);
      const error = await failing(webhookAt(`${origin}:${port}/latest/meta-data`, 'https://other.example.org'));
      expect(error).toMatch(
        /^webhook: .* is not a public address; list the webhook's origin in TOMO_WEBHOOK_ALLOW or webhookAllow if it is meant$/,
      );
      expect(posts).toEqual([]);
    });

    it('answers without end: no more than 64 kB of it are read, and it counts as delivered', async () => {
      let sent = 0;
      let closed: Promise<unknown> | undefined;
      const { origin } = await webhookServer((response) => {
        closed = new Promise((resolve) => response.once('close', resolve));
        response.writeHead(200);
        const more = () => {
          while (!response.destroyed && sent < 1e9) {
            sent += 16_384;
            if (!response.write(Buffer.alloc(16_384))) return void response.once('drain', more);
          }
        };
        more();
      });
      expect((await run(t, AlertSend, [], { env: webhookAt(origin) })).stdout).toBe('Alerts: 1 sent.\n');
      await closed;
      // what the buffers of both sides hold
      expect(sent).toBeLessThan(50e6);
    });
  });

  it('gives up waiting for a webhook and a mail server that say nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { origin } = await webhookServer(() => {});
    const address = silent.address();
    const error = await failing({
      ...smtpAt(typeof address === 'object' ? (address?.port ?? 0) : 0),
      ...webhookAt(origin),
    });
    // whichever of the two limits of a mail server is noticed first
    expect(error).toMatch(/^mail: (Greeting never received|Timeout); webhook: no answer in time$/);
  });

  it('delivers over TLS where the certificate is trusted', async () => {
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, CERTIFICATE]);
    onTestFinished(() => setDefaultCACertificates(trusted));
    const { origin, posts } = await webhookServer(undefined, true);
    const implicit = await mailServer({ secure: true });
    const upgraded = await mailServer({ disabledCommands: [] });
    await run(t, AlertSend, [], {
      env: { ...FROM, TOMO_SMTP_URL: `smtps://127.0.0.1:${implicit.port}`, ...webhookAt(origin) },
    });
    await anAlert(t, await aUser(t, { email: 'bob@example.org' }));
    await run(t, AlertSend, [], { env: { ...FROM, TOMO_SMTP_URL: `smtp://joe:secret@localhost:${upgraded.port}` } });
    expect(posts).toHaveLength(1);
    expect([...implicit.mails, ...upgraded.mails].map(({ secure, to }) => [secure, ...to])).toEqual([
      [true, 'ann@example.org'],
      [true, 'bob@example.org'],
    ]);
  });

  it('signs with every secret while one replaces the other', async () => {
    const { origin, posts } = await webhookServer();
    const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    await run(t, AlertSend, [], { env: { ...webhookAt(origin), TOMO_WEBHOOK_SECRET: `${SECRET} ${next}` } });
    expect(String(posts[0]?.headers['webhook-signature'])).toMatch(/^v1,\S{44} v1,\S{44}$/);
  });

  it('takes it all from the config file, too', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tomo-config-'));
    mkdirSync(join(home, 'tomo'));
    const secretFile = join(home, 'secret');
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
    const { port, mails } = await mailServer();
    const { origin, posts } = await webhookServer();
    const config = {
      smtpUrl: `smtp://127.0.0.1:${port}`,
      mailFrom: 'tomo@example.org',
      mailTo: 'ops@example.org',
      webhookUrl: origin,
      webhookSecretFile: secretFile,
      webhookAllow: [origin],
    };
    writeFileSync(join(home, 'tomo', 'config.json'), JSON.stringify(config), { mode: 0o600 });
    expect((await run(t, AlertSend, [], { env: { XDG_CONFIG_HOME: home } })).stdout).toBe('Alerts: 1 sent.\n');
    expect([mails.length, posts.length]).toEqual([2, 1]);
    chmodSync(secretFile, 0o644);
    const { stderr, exitCode } = await run(t, AlertSend, [], { env: { XDG_CONFIG_HOME: home } });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/webhook secret file .* can be read by other users/);
  });

  const mail = { TOMO_SMTP_URL: 'smtp://joe:hunter2@mail.example.org', ...FROM };
  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['nothing', {}, /neither TOMO_SMTP_URL nor TOMO_WEBHOOK_URL is set.*TOMO_MAIL_FROM.*TOMO_WEBHOOK_SECRET/s],
    [
      'a mail server that is no URL',
      { ...mail, TOMO_SMTP_URL: 'joe:hunter2@mail' },
      /TOMO_SMTP_URL is not the URL of a mail server.*smtp:\/\//s,
    ],
    [
      'a mail server with options',
      { ...mail, TOMO_SMTP_URL: 'smtp://joe:hunter2@mail?tls.rejectUnauthorized=false' },
      /TOMO_SMTP_URL is not/,
    ],
    [
      'a password with a bare percent sign',
      { ...mail, TOMO_SMTP_URL: 'smtp://joe:hunter2%@mail' },
      /TOMO_SMTP_URL is not.*%40/s,
    ],
    ['no sender', { ...mail, TOMO_MAIL_FROM: '' }, /TOMO_MAIL_FROM is not set/],
    [
      'a sender that is none',
      { ...mail, TOMO_MAIL_FROM: 'Tomo <tomo>' },
      /TOMO_MAIL_FROM .*"Tomo <tomo>" is not a mail address/,
    ],
    [
      'a copy to nobody',
      { ...mail, TOMO_MAIL_TO: 'ops@example.org, boss' },
      /TOMO_MAIL_TO .*"boss" is not a mail address/,
    ],
    [
      'a webhook over http',
      { ...webhookAt('http://hooks.example.org/hunter2', '') },
      /http:\/\/hooks\.example\.org is not https.*TOMO_WEBHOOK_ALLOW=http:\/\/hooks\.example\.org/s,
    ],
    [
      'a webhook that is no URL',
      webhookAt('https://x', '') && { TOMO_WEBHOOK_URL: 'hunter2', TOMO_WEBHOOK_SECRET: SECRET },
      /TOMO_WEBHOOK_URL is not an https URL/,
    ],
    [
      'a list that is none',
      { ...webhookAt('https://hooks.example.org'), TOMO_WEBHOOK_ALLOW: '10.0.0.1' },
      /TOMO_WEBHOOK_ALLOW .*"10\.0\.0\.1" is not the origin/,
    ],
    ['no secret', { TOMO_WEBHOOK_URL: 'https://hooks.example.org' }, /needs a secret.*openssl rand -base64 32/s],
    [
      'a short secret',
      { TOMO_WEBHOOK_URL: 'https://hooks.example.org', TOMO_WEBHOOK_SECRET: 'whsec_hunter2' },
      /24 to 64 bytes.*openssl/s,
    ],
    [
      'a secret of another kind',
      { TOMO_WEBHOOK_URL: 'https://hooks.example.org', TOMO_WEBHOOK_SECRET: 'hunter2' },
      /"whsec_" and/,
    ],
  ])('refuses %s, says how, and repeats no secret', async (_, env, message) => {
    const { stdout, stderr, exitCode } = await run(t, AlertSend, [], {
      env: { XDG_CONFIG_HOME: '/nonexistent', ...env },
    });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/hunter2/);
  });
});
