import type { Copy, Scale } from './data.ts';
import { digits, printTable, repeat } from './measure.ts';
import { withClient } from './server.ts';
import { TOMO } from './startup.ts';
import { timeProcess } from './whole-process.ts';

/** Milliseconds that whatever an operator types may take. */
const TARGET = 1000;

/** What an operator types, ID and USER being a live session and a user; a page of lists, which in a pipe are whole. */
const COMMANDS = [
  'status',
  'session list --limit 50',
  'session list --user USER --limit 50',
  'session list --state revoked --limit 50',
  'session list --state expired --limit 50',
  'session list --state ended --limit 50',
  'session list --state all --limit 50',
  'session list --count',
  'session list --state revoked --count',
  'session list --state expired --count',
  'session list --country DE --count',
  'session list --state all --count',
  'session list --sort user --limit 50',
  'session list --sort ip --limit 50',
  'session list --sort expires --limit 50',
  'session list --sort device --limit 50',
  'session list --sort place --limit 50',
  'session list --state ended --sort user --limit 50',
  'session list --state ended --sort ended --limit 50',
  'session list --state ended --sort reason --limit 50',
  'session list --state ended --sort ip --limit 50',
  'session show ID',
  'session why ID',
  'session stats',
  'session stats --user USER',
  'user list --limit 50',
  'user list --sort sessions --limit 50',
  'user list --sort seen --limit 50',
  'user list --with-sessions --count',
  'user show USER',
  'device list --limit 50',
  'device list --sort user --limit 50',
  'audit list --limit 50',
  'revocation list --limit 50',
  'alert list --limit 50',
  'session revoke --country DE --dry-run',
  'session cleanup --dry-run',
  'config set session_timeout 30 --simulate',
  'config set retention_sessions 3 --simulate',
  'config set max_sessions_per_user 3 --simulate',
  'report --output -',
  'doctor',
];

/** Whole processes of what an operator types. */
export async function benchCommands({ url }: Copy, scale: Scale): Promise<void> {
  const [id, user] = await withClient(url, async (client) => {
    const { rows } = await client.query('select id, username from tomo.liveness(now()) s where s.live limit 1');
    return [rows[0].id as string, rows[0].username as string];
  });
  const rows = [];
  for (const typed of COMMANDS) {
    const words = typed.split(' ').map((word) => (word === 'ID' ? id : word === 'USER' ? user : word));
    const sample = await repeat(3, () =>
      // 9: it says by it what it has found
      timeProcess([process.execPath, TOMO, ...words, '--database', url], { codes: [0, 9] }),
    );
    const shown = sample.toString();
    rows.push([
      typed,
      sample.median > TARGET ? `**${digits(sample.median)}** (${digits(sample.min)}–${digits(sample.max)})` : shown,
    ]);
  }
  printTable(
    `What an operator types, ${scale.name}, whole process (ms; **over ${TARGET}**)`,
    ['tomo', 'median (min–max)'],
    rows,
  );
}
