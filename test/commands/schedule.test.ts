import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Schedule from '../../src/commands/schedule.ts';
import { useDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

interface Scheduled {
  crontab: string | null;
  units: { path: string; text: string }[];
  jobs: { name: string }[];
  leftOut: { name: string }[];
}

const FIELD = /^(\*|\d+|\d+-59)(\/\d+)?$/;
const SERVER = 'postgres://tomo_janitor:secret-password@db.example/tomo';

describe('schedule', () => {
  const t = useDatabase('embedded');
  const home = mkdtempSync(join(tmpdir(), 'tomo-'));
  const schedule = async (argv: string[], env: NodeJS.ProcessEnv = {}) =>
    run(t, Schedule, argv, { env: { HOME: home, TOMO_DATABASE_URL: SERVER, ...env } });

  it('prints lines that cron takes, for what is set up, and says what is not', async () => {
    const { stdout, stderr, exitCode } = await schedule([]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Left out: alerts.*\n.*Left out: geo/);
    expect(stdout).toMatch(/^MAILTO=root$/m);
    expect(stdout).toContain('tomo db grants --role janitor');
    expect(stdout).not.toContain('secret-password');
    const lines = stdout.split('\n').filter((line) => /^[\d*]/.test(line));
    expect(lines).toHaveLength(1);
    const [minute = '', hour = '', ...rest] = lines[0]?.split(' ') ?? [];
    expect([minute, hour, ...rest.slice(0, 3)].every((field) => FIELD.test(field))).toBe(true);
    expect(lines[0]).toContain(`set -a; . /etc/tomo/tomo.env; ${process.execPath} `);
    expect(lines[0]).toMatch(/bin\/run\.cjs session cleanup --quiet --max-duration 10m$/);
  });

  it('chooses alerts and places where they are set up, and takes the names of their variables only', async () => {
    const env = {
      TOMO_SMTP_URL: 'smtp://user:hidden@mail.example',
      TOMO_MAIL_FROM: 'tomo@example.org',
      TOMO_GEO_CITY_DATABASE: '/var/lib/city.mmdb',
    };
    const { stdout } = await schedule([], env);
    expect(stdout).toMatch(/^\* \* \* \* \* .*alert send --quiet --max-duration 10m$/m);
    expect(stdout).toMatch(/^\d-59\/5 \* \* \* \* .*geo enrich --quiet --max-duration 4m$/m);
    expect(stdout).toContain('TOMO_DATABASE_URL, TOMO_GEO_CITY_DATABASE, TOMO_MAIL_FROM, TOMO_SMTP_URL');
    expect(stdout).not.toContain('hidden');
  });

  it('names the context, the server and the file that cron needs to act on the same one', async () => {
    const named = mkdtempSync(join(tmpdir(), 'tomo-'));
    mkdirSync(join(named, '.config', 'tomo'), { recursive: true });
    const contexts = { shop: { database: SERVER, server: 'laravel:lifetime=120m' } };
    const file = join(named, '.config', 'tomo', 'config.json');
    writeFileSync(file, JSON.stringify({ contexts }), { mode: 0o600 });
    const env = { HOME: named, TOMO_DATABASE_URL: undefined, TOMO_CONTEXT: 'shop' };
    const cron = await schedule([], env);
    expect(cron.stdout).toMatch(/NAME=value a line: TOMO_CONTEXT=shop\n/);
    expect(cron.stdout).toContain(`# The context is in ${file}`);
    expect((await schedule(['--server', 'django'], env)).stdout).toContain('TOMO_CONTEXT=shop, TOMO_SERVER=django\n');
    // which has no config file
    const units = await schedule(['--kind', 'systemd'], env);
    expect(units.stdout).toContain('TOMO_DATABASE_URL, TOMO_SERVER=laravel:lifetime=120m\n');
    expect(cron.stdout + units.stdout).not.toContain('secret-password');
    const lite = await schedule(['--kind', 'systemd', '--database', 'sqlite:/srv/app/tomo.db']);
    expect(lite.stdout).toContain('TOMO_DATABASE_URL=sqlite:/srv/app/tomo.db\n');
    expect(lite.stdout).toContain('ReadWritePaths=/srv/app\n');
  });

  it('has only the cleanup on another server, and says why', async () => {
    const env = { TOMO_SMTP_URL: 'smtp://mail.example', TOMO_MAIL_FROM: 'tomo@example.org', TOMO_SERVER: 'django' };
    const ran = await schedule(['--json'], env);
    expect(ran.json<Scheduled>().jobs).toMatchObject([{ name: 'cleanup' }]);
    expect((await schedule([], env)).stderr).toMatch(/alerts; .*another server\n.*geo; .*another server/);
    const units = await schedule(['--kind', 'systemd'], env);
    expect(units.stdout).toContain('StateDirectory=tomo\nEnvironment=XDG_STATE_HOME=%S\n');
    const asked = await schedule(['--for', 'alerts'], env);
    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--for: alerts cannot run there') });
  });

  it.each([
    ['15m', /^\d+-59\/15 \* \* \* \* /m, '*:0/15'],
    ['1h', /^\d+ \* \* \* \* /m, '0/1:00'],
    ['6h', /^\d+ \*\/6 \* \* \* /m, '0/6:00'],
    ['1d', /^\d+ 3 \* \* \* /m, '*-*-* 03:00'],
  ])('every %s', async (every, cron, calendar) => {
    expect((await schedule(['--for', 'cleanup', '--every', every])).stdout).toMatch(cron);
    const { units } = (
      await schedule(['--for', 'cleanup', '--every', every, '--kind', 'systemd', '--json'])
    ).json<Scheduled>();
    expect(units[1]?.text).toContain(`OnCalendar=${calendar}\n`);
  });

  it('gives every job the same page of metrics, a unit for its failure, and the variable of the healthcheck', async () => {
    const env = { TOMO_HEALTHCHECK_URL: 'https://hc.example/secret/tomo-{job}' };
    const page = ['--metrics-file', '/var/lib/node exporter/tomo.prom'];
    const cron = await schedule(['--for', 'cleanup,geo', ...page], env);
    expect(cron.stdout.match(/--metrics-file '\/var\/lib\/node exporter\/tomo\.prom'$/gm)).toHaveLength(2);
    expect(cron.stdout).toContain('TOMO_DATABASE_URL, TOMO_HEALTHCHECK_URL');
    expect(cron.stdout).not.toContain('secret');
    const argv = ['--kind', 'systemd', '--on-failure', 'mail@%n.service', '--json'];
    const { units } = (await schedule([...argv, ...page], env)).json<Scheduled>();
    expect(units[0]?.text).toMatch(/^OnFailure=mail@%n\.service$/m);
    expect(units[0]?.text).toContain('ReadWritePaths="/var/lib/node exporter"\n');
    expect(units[0]?.text).toContain('--max-duration 10m --metrics-file "/var/lib/node exporter/tomo.prom"\n');
    for (const unit of ['x', 'a.service\nUser=root', 'b c.service'])
      expect(await schedule(['--kind', 'systemd', '--on-failure', unit])).toMatchObject({ exitCode: 2 });
    expect((await schedule(['--on-failure', 'mail.service'])).stderr).toContain('--kind systemd');
  });

  it('warns that nothing has named the database', async () => {
    const unnamed = await schedule([], { TOMO_DATABASE_URL: undefined });
    expect(unnamed.stderr).toMatch(/^Warning: No server is configured: this is for the embedded database\./);
    expect((await schedule([], { TOMO_DATABASE_URL: 'embedded' })).stderr).not.toContain('Warning');
  });

  it('guards % in a crontab and odd characters everywhere', async () => {
    const { stdout } = await schedule(['--environment-file', "/etc/100% o'clock"]);
    expect(stdout).toContain(`. '/etc/100\\% o'\\''clock';`);
    const unit = await schedule(['--kind', 'systemd', '--environment-file', '/etc/100% a']);
    expect(unit.stdout).toContain('\nEnvironmentFile=/etc/100%% a\n');
    // a job runs in another folder
    const here = await schedule(['--environment-file', 'tomo.env']);
    expect(here.stdout).toContain(`. ${join(process.cwd(), 'tomo.env')};`);
  });

  it('prints units that systemd takes, and a script that a shell takes', async () => {
    const { units } = (
      await schedule(['--kind', 'systemd', '--for', 'cleanup,alerts,geo', '--json'])
    ).json<Scheduled>();
    expect(units.map(({ path }) => path.replace('/etc/systemd/system/', ''))).toEqual(
      ['cleanup', 'alerts', 'geo'].flatMap((name) => [`tomo-${name}.service`, `tomo-${name}.timer`]),
    );
    const folder = mkdtempSync(join(tmpdir(), 'tomo-units-'));
    for (const { path, text } of units) {
      writeFileSync(join(folder, path.slice(path.lastIndexOf('/'))), text);
      for (const line of text.split('\n')) expect(line).toMatch(/^$|^#|^\[(Unit|Service|Timer|Install)\]$|^[A-Z]\w+=/);
      if (path.endsWith('.service'))
        for (const option of ['DynamicUser=yes', 'ProtectSystem=strict', 'NoNewPrivileges=yes', 'Type=oneshot'])
          expect(text).toContain(option);
    }
    const verify = ['verify', ...units.map(({ path }) => join(folder, path.slice(path.lastIndexOf('/'))))];
    try {
      execFileSync('systemd-analyze', verify, { stdio: 'pipe' });
    } catch (error) {
      // not every machine has it
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    const { stdout } = await schedule(['--kind', 'systemd']);
    execFileSync('sh', ['-n'], { input: stdout });
    expect(stdout).toMatch(/^systemctl enable --now tomo-cleanup\.timer$/m);
  });

  it('runs as the owner of an embedded database, which nobody else can read', async () => {
    const { units } = (
      await schedule(['--kind', 'systemd', '--json'], { TOMO_DATABASE_URL: 'embedded' })
    ).json<Scheduled>();
    expect(units[0]?.text).toMatch(/^User=\S+\nReadWritePaths=.*\/tomo\/db$/m);
    expect(units[0]?.text).not.toContain('DynamicUser');
    // nobody answers for a job that only finds it because nothing else is set
    expect((await schedule([], { TOMO_DATABASE_URL: undefined })).stdout).toContain('TOMO_DATABASE_URL=embedded');
  });
});
