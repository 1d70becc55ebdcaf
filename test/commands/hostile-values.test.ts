import { beforeAll, expect, inject, it } from 'vitest';
import ConfigSet from '../../src/commands/config/set.ts';
import { SETTING_KEYS } from '../../src/model/settings.ts';
import { onPostgres } from '../support/database.ts';
import { EXAMPLE_SESSION, everyCommand, exampleWorld } from '../support/examples.ts';
import { some } from '../support/extent.ts';
import { run } from '../support/run.ts';
import { KEY_ENV } from '../support/tokens.ts';

/** What some type of the database, of the program or of a file system refuses. */
const VALUES = [
  ...['fe80::1%eth0', '::ffff:203.0.113.7%1', '203.0.113.7/33', '::/129', '1.2.3.4.5'],
  ...['-1', '2147483648', '9223372036854775808', '99999999999999999999', '1e999', 'NaN', '0x10', '1.5'],
  ...['0000-00-00', '-4713-01-01', '294277-01-01', '2026-02-30T25:61', '999999999d', 'infinity', 'epoch'],
  ...['a\0b', '\0', '\ud800', 'x\udfffy', '\\u0000', '{"a":"\\u0000"}', "'; drop table x; --", '%s$1{}', ' '],
  ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-fffffffffffff', 'x'.repeat(5000)],
  ...['bnVsbA', 'WyJhY3Rpdml0eSIsIlx1MDAwMCIsIlx1MDAwMCJd', 'WyJhY3Rpdml0eSIsIjI5NDI3Ny0wMS0wMSIsIngiXQ'],
];
/** Those that name a file to write, and the database itself. */
const ELSEWHERE = ['database', 'metrics-file', 'output', 'interval'];
/** What a command needs beside the value. */
const NEEDS: Record<string, string[]> = {
  'alert:ack': ['17'],
  'config:get': ['session_timeout'],
  'config:preset': ['shared'],
  'config:reset': ['session_timeout'],
  'config:set': ['session_timeout', '30'],
  'db:grants': ['--role', 'viewer'],
  'session:create': ['alice'],
  'session:revoke-user': ['alice'],
  'session:show': [EXAMPLE_SESSION],
  'token:inspect': [EXAMPLE_SESSION],
};

const commands = [...(await everyCommand())].filter(([id]) => id !== 'demo' && id !== 'help');

onPostgres('a value that no type takes', (t) => {
  t.keepsData = true;
  beforeAll(() => exampleWorld(t));
  const refused = async (command: Parameters<typeof run>[1], argv: string[], stdin = '') => {
    const env = { ...KEY_ENV, XDG_CONFIG_HOME: inject('scratch') };
    const { exitCode, stderr } = await run(t, command, argv, { env, stdin });
    if (
      exitCode === 1 ||
      exitCode === 7 ||
      /bug in tomo|invalid input syntax for type (?!json)|out of range: /.test(stderr)
    )
      return `${JSON.stringify(argv).slice(0, 90)}: ${exitCode} ${stderr.slice(0, 200)}`;
    return [];
  };

  it.each(commands)('%s', async (id, command) => {
    const yes = 'yes' in (command.flags ?? {}) ? ['--yes'] : [];
    const flags = Object.entries(command.flags ?? {}).filter(
      ([name, flag]) => flag.type === 'option' && !flag.options && !ELSEWHERE.includes(name),
    );
    const faults: unknown[] = [];
    for (const value of some(id, VALUES, 6)) {
      const names = Object.keys(command.args ?? {});
      if (names.length > 0) {
        faults.push(await refused(command, [...yes, '--', ...names.map(() => value)]));
        faults.push(await refused(command, [...yes, '-'], value));
      }
      for (const [name] of flags) {
        const alone = name === 'user' && id === 'alert:ack' ? [] : (NEEDS[id] ?? []);
        faults.push(await refused(command, [...alone, ...yes, `--${name}=${value}`]));
      }
    }
    expect(faults.flat()).toEqual([]);
  });

  it.each(SETTING_KEYS)('config set %s', async (key) => {
    const faults: unknown[] = [];
    for (const value of some(key, VALUES, 6)) faults.push(await refused(ConfigSet, ['--simulate', '--', key, value]));
    expect(faults.flat()).toEqual([]);
  });
});
