import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KNOWN_SERVERS } from '../../src/db/adopted/servers/index.ts';

const first = readFileSync('README.md', 'utf8').split('\n').slice(0, 45);

it.each(KNOWN_SERVERS.map((server) => [server.name, server] as const))(
  'the first screen has a line for %s',
  (name, server) => {
    const line = first.find((one) => one.startsWith('|') && one.split('|')[1]?.includes(`\`${name}\``));
    expect(line).toBeDefined();
    const [, , , revoking = '', undo = ''] = (line ?? '').split('|');
    expect(revoking.includes('deletes rows')).toBe(server.revoke.set === null);
    expect(undo.trim()).toBe(server.revoke.unset ? '24 hours' : 'no');
  },
);
