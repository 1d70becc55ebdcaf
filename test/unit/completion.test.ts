import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import { type CommandShape, complete, namedConnection } from '../../src/cli/completion/completion.ts';
import { contextCandidates } from '../../src/cli/completion/context-candidates.ts';

const COMMANDS = (Object.values(manifest.commands) as unknown as (CommandShape & { hidden?: boolean })[]).filter(
  ({ hidden }) => !hidden,
);

function values(...words: string[]): string[] {
  const completion = complete(words, COMMANDS, { session: 'Sessions' });
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
  [['nonsense', ''], []],
  [['session', 'list', '--limit', ''], []],
] as [string[], string[]][])('completes %j', (words, expected) => {
  expect(values(...words)).toEqual(expected);
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

it('offers a flag once, unless it may be repeated', () => {
  const offered = values('session', 'list', '--all', '--user', 'bob', '--');
  expect(offered).not.toContain('--all');
  expect(offered).toContain('--user');
});

it('every command has a summary to be shown beside it', () => {
  for (const command of COMMANDS) expect(command.summary ?? '', command.id).not.toBe('');
});
