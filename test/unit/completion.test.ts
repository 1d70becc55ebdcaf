import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import { type CommandShape, namedConnection } from '../../src/cli/completion/completion.ts';
import { contextCandidates } from '../../src/cli/completion/context-candidates.ts';
import { completionOf } from '../../src/cli/completion/known.ts';

const COMMANDS = (Object.values(manifest.commands) as unknown as (CommandShape & { hidden?: boolean })[]).filter(
  ({ hidden }) => !hidden,
);
const TOPICS = { session: { description: 'Sessions' } };

/** An operator's own. */
const ALIASES = { night: 'ls --live-since 22:00', from: 'session list --ip $1 --state $2', at: 'ls --ip=$1' };

async function values(...words: string[]): Promise<string[]> {
  const completion = await completionOf(['--', ...words], COMMANDS, TOPICS, async () => ALIASES);
  if ('files' in completion) return ['<files>'];
  return 'candidates' in completion
    ? completion.candidates.map(({ value }) => value)
    : [`<${[completion.dynamic, ...(completion.users ?? [])].join(' of ')}>`];
}

it.each([
  [['ses'], ['session']],
  [
    ['session', 'revoke-'],
    ['revoke-all', 'revoke-user'],
  ],
  [['session', 'list', '--st'], ['--state']],
  [['session', 'revoke', '--not-us'], ['--not-user']],
  [['session', 'list', '--not-user', 'al'], ['<user>']],
  [['session', 'revoke', '--user', 'alice', '--keep', ''], ['<session of alice>']],
  [['session', 'revoke-user', 'bob', '--keep', '3f'], ['<session of bob>']],
  [
    ['session', 'list', '--state', 'a'],
    ['active', 'all'],
  ],
  [
    ['session', 'list', '--state=a'],
    ['--state=active', '--state=all'],
  ],
  // as bash hands it over
  [
    ['session', 'list', '--state', '=', 'a'],
    ['active', 'all'],
  ],
  [
    ['session', 'list', '--columns', 'id,us'],
    ['id,user', 'id,user-agent'],
  ],
  [['session', 'list', '-u', ''], ['<user>']],
  [['session', 'list', '--user=al'], ['<user>']],
  [['session', 'revoke', '--reason', 'x', ''], ['<session>']],
  [['session', 'revoke', '3f2a', ''], ['<session>']],
  [['session', 'show', '3f2a', ''], []],
  [['session', 'revoke-user', 'alice', '--keep', ''], ['<session of alice>']],
  [['session', 'revoke', '--device', ''], ['<device>']],
  [['session', 'restore', ''], ['<revocation>']],
  [['alert', 'ack', ''], ['<alert>']],
  [['config', 'get', 'session_t'], ['session_timeout']],
  [['config', 'preset', 'high'], ['high-security']],
  [['completion', 'z'], ['zsh']],
  [['session', 'list', '--context', 'sh'], ['<context>']],
  [['session', 'list', '--context=sh'], ['<context>']],
  [['context', 'use', ''], ['<context>']],
  [['context', 'remove', ''], ['<context>']],
  [['context', 'add', ''], []],
  [['help', 'exit'], ['exit-codes']],
  [['help', 'ses'], ['session']],
  [
    ['help', 'session', 're'],
    ['restore', 'revoke', 'revoke-all', 'revoke-user'],
  ],
  [['help', 'session', 'list', ''], []],
  [['alias', 'remove', 'n'], ['night']],
  [['alias', 'rm', 'n'], ['night']],
  [['context', 'remove', 'n'], ['<context>']],
  [['nonsense', ''], []],
  [['session', 'list', '--limit', ''], []],
  // as the command that they stand for
  [['ls', '--so'], ['--sort']],
  [['rm', ''], ['<session>']],
  [
    ['session', 'ls', '--li'],
    ['--live-since', '--live-until', '--limit'],
  ],
  [['retention', 'cleanup', '--max'], ['--max-duration']],
  [['audit', 'export', '--format', 'c'], ['csv']],
  [['ni'], ['night']],
  [['night', '--so'], ['--sort']],
  [['from', ''], []],
  [['from', '10.0.0.1', 'ac'], ['active']],
  [['from', '10.0.0.1', 'active', '--so'], ['--sort']],
  [['at', '10'], []],
  // what the shell knows
  [['token', 'inspect', ''], ['<files>']],
  [['schedule', '--metrics-file', ''], ['<files>']],
  [['report', '--output=/tmp/'], ['<files>']],
  [['session', 'list', '--server', './'], ['<files>']],
] as [string[], string[]][])('completes %j', async (words, expected) => {
  expect(await values(...words)).toEqual(expected);
});

it('offers files for every flag that takes the name of one', async () => {
  const taking = COMMANDS.flatMap(({ id, flags }) =>
    Object.values(flags).flatMap((flag) =>
      flag.type === 'option' && /\bfile\b/i.test(`${flag.helpValue} ${flag.description}`) ? [[id, flag.name]] : [],
    ),
  );
  expect(taking.length).toBeGreaterThan(50);
  for (const [id = '', name] of taking) {
    // a URL, of which a file may be a part
    if (name === 'database') continue;
    expect(await values(...id.split(':'), `--${name}`, ''), `${id} --${name}`).toEqual(['<files>']);
  }
});

it('looks values up where the words before them say', () => {
  const nowhere = { database: undefined, context: undefined, server: undefined };
  expect(namedConnection(['session', 'show', ''])).toEqual(nowhere);
  for (const words of [['--context', 'shop'], ['--context=shop'], ['--context', '=', 'shop']]) {
    expect(namedConnection([...words, 'session', 'show', ''])).toEqual({ ...nowhere, context: 'shop' });
  }
  expect(namedConnection(['--database=postgres://a/b?x=y', '--server', 'tomo'])).toEqual({
    ...nowhere,
    database: 'postgres://a/b?x=y',
    server: 'tomo',
  });
});

it('offers contexts and services, and shows no password', () => {
  const HOME = mkdtempSync(join(inject('scratch'), 'completion-'));
  mkdirSync(join(HOME, '.config', 'tomo'), { recursive: true });
  const contexts = { shop: { database: 'postgres://op:hunter2@db1/app' }, lab: { database: 'embedded' } };
  writeFileSync(join(HOME, '.config', 'tomo', 'config.json'), JSON.stringify({ contexts }), { mode: 0o600 });
  writeFileSync(join(HOME, '.pg_service.conf'), '[ship]\nhost=db3\n');
  expect(contextCandidates('sh', { HOME, PGSYSCONFDIR: HOME })).toEqual([
    { value: 'shop', about: 'postgres://op@db1/app' },
    { value: 'ship', about: `service of ${join(HOME, '.pg_service.conf')}` },
  ]);
});

it('offers a flag once, unless it may be repeated', async () => {
  const offered = await values('session', 'list', '--all', '--user', 'bob', '--');
  expect(offered).not.toContain('--all');
  expect(offered).toContain('--user');
});

it('every command has a summary to be shown beside it', () => {
  for (const command of COMMANDS) expect(command.summary ?? '', command.id).not.toBe('');
});
