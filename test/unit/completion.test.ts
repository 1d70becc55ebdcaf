import { expect, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import { type CommandShape, complete } from '../../src/cli/completion/completion.ts';

const COMMANDS = (Object.values(manifest.commands) as unknown as (CommandShape & { hidden?: boolean })[]).filter(
  ({ hidden }) => !hidden,
);

function values(...words: string[]): string[] {
  const completion = complete(words, COMMANDS, { session: 'Sessions' });
  return 'candidates' in completion ? completion.candidates.map(({ value }) => value) : [`<${completion.dynamic}>`];
}

it.each([
  [['ses'], ['session']],
  [
    ['session', 'revoke-'],
    ['revoke-all', 'revoke-user'],
  ],
  [['session', 'list', '--st'], ['--state']],
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
  [['session', 'revoke-user', 'alice', '--keep', ''], ['<session>']],
  [['session', 'revoke', '--device', ''], ['<device>']],
  [['session', 'restore', ''], ['<revocation>']],
  [['alert', 'ack', ''], ['<alert>']],
  [['config', 'get', 'session_t'], ['session_timeout']],
  [['config', 'preset', 'high'], ['high-security']],
  [['completion', 'z'], ['zsh']],
  [['help', 'exit'], ['exit-codes']],
  [['nonsense', ''], []],
  [['session', 'list', '--limit', ''], []],
] as [string[], string[]][])('completes %j', (words, expected) => {
  expect(values(...words)).toEqual(expected);
});

it('offers a flag once, unless it may be repeated', () => {
  const offered = values('session', 'list', '--all', '--user', 'bob', '--');
  expect(offered).not.toContain('--all');
  expect(offered).toContain('--user');
});

it('every command has a summary to be shown beside it', () => {
  for (const command of COMMANDS) expect(command.summary ?? '', command.id).not.toBe('');
});
