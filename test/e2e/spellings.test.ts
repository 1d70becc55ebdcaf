import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import { spelled } from '../../src/cli/base/spellings.ts';
import { tomo } from '../support/spawn.ts';

const env = { XDG_CONFIG_HOME: mkdtempSync(join(inject('scratch'), 'aliases-')) };
const say = async (...argv: string[]) => {
  const { stdout, stderr, exitCode } = await tomo(argv, { env });
  return { text: stdout + stderr, exitCode };
};

describe('what people type', () => {
  const lists = Object.keys(manifest.commands).filter((id) => id.endsWith(':list'));

  it.each(lists)('ls stands for list in %s', (id) => {
    const topic = id.split(':')[0] ?? '';
    expect(spelled([topic, 'ls', '--json'])).toEqual([topic, 'list', '--json']);
  });

  it.each(Object.keys(manifest.commands).filter((id) => id.endsWith(':remove')))('rm stands for %s', (id) => {
    const [topic = '', verb = ''] = id.split(':');
    expect(spelled([topic, 'rm', 'x'])).toEqual([topic, verb, 'x']);
  });

  it.each([
    [['-v'], '@tomo/cli/'],
    [['version'], '@tomo/cli/'],
    [['ls', '--help'], 'tomo session list'],
    [['rm', '--help'], 'tomo session revoke'],
    [['config', 'ls', '--help'], 'tomo config show'],
    [['retention', 'cleanup', '--help'], 'tomo session cleanup'],
    [['help', 'revoke'], 'tomo session revoke'],
    [['help', 'exitcodes'], 'EXIT CODES'],
    ...['sort', 'output', 'pager', 'columns', 'jq', 'template'].map((word) => [['help', word], 'FORMATS']),
    [['help', 'since'], 'FILTERS'],
    [['help', 'TOMO_TOKEN'], 'ENVIRONMENT'],
    [['help', 'env'], 'ENVIRONMENT'],
    [['help', 'exit', 'codes'], 'EXIT CODES'],
    [['help', '--sort'], 'FORMATS'],
    [['help', 'session', 'list', '--sort'], 'tomo session list'],
    [['help', 'version'], 'VERSION'],
    [['--help'], 'tomo help filters'],
    [['session', '-h'], 'tomo session COMMAND'],
  ] as [string[], string][])('%j', async (argv, wanted) => {
    const { text, exitCode } = await say(...argv);
    expect(text).toContain(wanted);
    expect(exitCode).toBe(0);
  });

  it.each([
    [['session', 'list', 'alice'], 'Did you mean tomo session list --user alice?'],
    [['session', 'list', '--not-since', '3d'], 'Its opposite is --until.'],
    [['session', 'list', '--not-until=3d'], 'Its opposite is --since.'],
    [['session', 'list', '--not-state', 'active'], '--state ended'],
    [['session', 'list', '2001:db8::/32'], 'Did you mean tomo session list --ip 2001:db8::/32?'],
    [['session', 'list', '39f9ffbf'], 'Did you mean tomo session show 39f9ffbf?'],
    [['revocation', 'list', '17'], 'Did you mean tomo revocation show 17?'],
    [['session', 'list', 'DE'], 'Did you mean tomo session list --country DE?'],
    [['session', 'list', 'alice', 'bob'], 'Did you mean tomo session list --user alice --user bob?'],
    [['session', 'list', 'user', 'alice'], 'Did you mean tomo session list --user alice?'],
    [['session', 'kick', 'alice'], 'Did you mean tomo session revoke-user alice?'],
    [['kick', '39f9ffbf'], 'Did you mean tomo session revoke?'],
    [['revoke', '39f9'], 'Did you mean tomo session revoke?'],
    [['session', 'kill', '2001:db8::1'], 'Did you mean tomo session revoke --ip 2001:db8::1?'],
    [['session', 'revoke-ip', '192.0.2.0/24'], 'Did you mean tomo session revoke --ip 192.0.2.0/24?'],
    [['user', 'revoke', 'alice'], 'Did you mean tomo session revoke-user alice?'],
    [['device', 'kick', '39f9'], 'Did you mean tomo device revoke?'],
    [['device', 'list', 'alice'], 'Did you mean tomo device list --user alice?'],
    [['session', 'stats', 'what', 'else'], 'See tomo session stats --help'],
    [['audit', 'export', '--output', 'audit.json'], 'Into a file: > audit.json'],
    [['retention', 'set', '--days', '3'], 'tomo config set retention_sessions 3. Also: retention_audit_logs'],
    [['retention', 'set', '--type', 'sessions', '--days=30'], 'tomo config set retention_sessions 30\n'],
    [['retention', 'set', '--type=audit', '--days', '30'], 'tomo config set retention_audit_logs 30\n'],
    [['retention', 'set', '--type', 'metrics', '--days', 'x'], 'tomo config set KEY DAYS'],
    [['audit', 'export', '--output', '/tmp/x.json', '--format', 'json', '--from', 'today'], 'file: > /tmp/x.json'],
    [['audit', 'list', '--from', 'garbage'], 'Error: --from: "garbage" is not a time.'],
    [['audit', 'list', '--since', 'garbage'], 'Error: --since: "garbage" is not a time.'],
    [['audit', 'list', '--from', '1d', '--since=2d'], '--from and --since are one flag'],
    [['audit', 'list', '--since', '1d', '--since', '2d'], '--since can only be specified once'],
    [['audit', 'list', '--format', 'jsn'], 'Expected --format=jsn'],
    [['user', 'list', '--status', 'active'], '--active, --inactive'],
    [['session', 'list', '--verbose'], 'DEBUG=tomo'],
    [['session', 'list', '--config', '/tmp/x.json'], 'TOMO_SYSTEM_CONFIG'],
    [['--verbose', 'session', 'list'], 'DEBUG=tomo'],
    [['--config=/tmp/x.json', 'session', 'list'], 'TOMO_SYSTEM_CONFIG'],
    [['--quiet', 'session', 'list'], 'Flags come after the command'],
    [['user', 'disable', 'bob'], 'tomo session revoke-user NAME'],
    [['restore', '3'], 'Did you mean tomo session restore?'],
    [['get', 'sessions'], 'Did you mean tomo session list?'],
    [['session', 'watch'], 'tomo session list --watch'],
    [['logs'], 'tomo activity list'],
    [['help', 'frobnicate'], 'See tomo --help'],
    [['help', '-a'], 'Error: "tomo -a" is not a command.'],
    [['help', '--frobnicate'], 'Error: "tomo --frobnicate" is not a command.'],
    [['revoke', '--help'], 'Did you mean tomo session revoke?'],
    [['session', 'kick', '-h'], 'Did you mean tomo session revoke'],
    [['nonsense', '--help'], 'See tomo --help'],
    [['session', '--frobnicate'], 'See tomo session --help'],
    [['user', '--json'], 'See tomo user --help'],
  ])('%j is refused with the way out', async (argv, wanted) => {
    const { text, exitCode } = await say(...argv);
    expect(text).toContain(wanted);
    expect(exitCode).toBe(2);
  });
});

describe('an alias', () => {
  it('stands for a command, with what is typed behind it', async () => {
    expect((await say('alias', 'set', 'words', 'help "filters"')).exitCode).toBe(0);
    expect((await say('words')).text).toContain('FILTERS');
    expect((await say('alias', 'set', 'about', 'tomo help $2 $1')).exitCode).toBe(0);
    expect((await say('about', 'revoke', 'session')).text).toContain('tomo session revoke');
    const few = await say('about', 'revoke');
    expect(few).toMatchObject({ exitCode: 2, text: expect.stringContaining('takes an argument 2') });
    expect((await say('alias', 'list')).text).toBe('words\thelp "filters"\nabout\thelp $2 $1\n');
    expect((await say('help', 'words')).text).toContain('tomo help "filters"');
  });

  it('is explained by what it stands for, without its arguments', async () => {
    await say('alias', 'set', 'out', 'session revoke-user $1');
    const { text, exitCode } = await say('out', '--help');
    expect({ text, exitCode }).toEqual({ text: (await say('session', 'revoke-user', '--help')).text, exitCode: 0 });
    await say('alias', 'remove', 'out');
  });

  it.each([
    [['session', 'status'], 'means something already'],
    [['status', 'doctor'], 'means something already'],
    [['ls', 'status'], 'means something already'],
    [['-x', 'status'], 'is not a letter'],
    [['again', 'frobnicate'], '"tomo frobnicate" is not a command'],
    [['again', 'words'], '"tomo words" is not a command'],
    [['words', 'status'], 'There is an alias words already'],
    [['open', `session list --user "alice b`], 'A quote is not closed'],
  ])('%j is refused', async (args, wanted) => {
    const { text, exitCode } = await say('alias', 'set', '--', ...args);
    expect(text).toContain(wanted);
    expect(exitCode).toBe(2);
  });

  it('goes away', async () => {
    expect((await say('alias', 'remove', 'word')).text).toContain('Did you mean words?');
    expect((await say('alias', 'remove', 'words')).exitCode).toBe(0);
    expect((await say('words')).text).toContain('is not a command');
  });
});
