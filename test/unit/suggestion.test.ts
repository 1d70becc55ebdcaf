import { describe, expect, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import type { Changes } from '../../src/cli/base/base-command.ts';
import { usageError } from '../../src/cli/base/error-words.ts';
import { suggestion } from '../../src/cli/base/suggestion.ts';

const commands = Object.values(manifest.commands as Record<string, { id: string; changes?: Changes; hidden?: boolean }>)
  .filter(({ hidden }) => !hidden)
  .map(({ id, changes = false }) => ({ name: id.replaceAll(':', ' '), changes }));
const topics = [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0] ?? ''] : [])))];
const meant = (words: string) => suggestion(words.split(' '), { commands, topics });
const HARM: Changes[] = [false, true, 'ends', 'ends-all'];
const harm = (name: string | undefined) =>
  HARM.indexOf(commands.find((command) => command.name === name)?.changes ?? false);

/** Every word that one slip makes of this one. */
function slips(word: string): string[] {
  return [...word].flatMap((letter, i) => [
    word.slice(0, i) + word.slice(i + 1),
    word.slice(0, i) + letter + word.slice(i),
    ...[...'aeorst'].map((other) => word.slice(0, i) + other + word.slice(i + 1)),
    word.slice(0, i) + (word[i + 1] ?? '') + letter + word.slice(i + 2),
  ]);
}

describe('a suggestion', () => {
  it('is never worse than the command that was mistyped, in its topic or its verb', () => {
    for (const { name } of commands) {
      const [topic = '', verb] = name.split(' ');
      const typed = verb ? [...slips(verb).map((v) => [topic, v]), ...slips(topic).map((t) => [t, verb])] : [];
      for (const words of [
        ...typed,
        ...(verb && topic !== 'session' ? [] : slips(verb ?? topic).map((word) => [word])),
      ]) {
        const text = words.join(' ');
        if (commands.some((command) => command.name === text)) continue;
        expect(harm(meant(text)), `${text} for ${name}`).toBeLessThanOrEqual(harm(name));
      }
    }
  });

  it.each([
    ['undo 3', 'session restore'],
    ['session undo 3', 'session restore'],
    ['session restoke', 'session restore'],
    ['session revok', 'session revoke'],
    ['session revoke-usr bob', 'session revoke-user'],
    ['revoke-all', 'session revoke-all'],
    ['ls', 'session list'],
    ['user ls', 'user list'],
    ['alerts ls', 'alert list'],
    ['session rm 3f2a', 'session revoke'],
    ['device rm 7c1d', 'device forget'],
    ['alert rm 3', 'alert'],
    ['device undo', 'device'],
    ['session trust 7c1d', 'device trust'],
    ['get sessions', 'session list'],
    ['get session 3f2a', 'session show'],
    ['describe user bob', 'user show'],
    ['delete device 7c1d', 'device forget'],
    ['sessions', 'session'],
    ['session view 3f2a', 'session show'],
    ['session stop 3f2a', 'session revoke'],
    ['session prune', 'session cleanup'],
    ['gc', 'session cleanup'],
    ['ps', 'session list'],
    ['stats', 'session stats'],
    ['restore 3', 'session restore'],
    ['rollback 3', 'session restore'],
    ['config list', 'config show'],
    ['config ls', 'config show'],
    ['config unset jwt_expiry', 'config reset'],
    ['audit log', 'audit list'],
    ['use shop', 'context use'],
    ['trust 7c1d', 'device trust'],
    ['frobnicate', undefined],
  ])('for %s is %s', (words, wanted) => expect(meant(words)).toBe(wanted));

  it('of a flag is none that goes without a question, or takes all', () => {
    const flags = ['yes', 'all', 'compromised', 'dry-run', 'expect', 'user'];
    const hint = (typed: string) =>
      usageError(new Error(`Nonexistent flag: ${typed}\nSee more help`), 'session:revoke', flags).hint;
    expect(hint('--dry-rum')).toMatch(/Did you mean --dry-run\?/);
    for (const typed of ['--yess', '--al', '--alll', '--compromise', '--des'])
      expect(hint(typed)).not.toMatch(/--(yes|all|compromised)/);
  });
});
