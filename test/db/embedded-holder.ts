// Run by embedded.test.ts as a process of its own: opens the embedded database in argv[2], does what argv[3] says.
import { openEmbedded } from '../../src/db/port/pglite.ts';

const [directory = '', what = ''] = process.argv.slice(2);
const db = await openEmbedded(directory);
const user = (name: string) =>
  db.transaction({}, (tx) => tx.query('insert into tomo.users (username) values ($1)', [name]));
if (what === 'hold') {
  await user('holder');
  await new Promise((resolve) => process.stdout.write('open\n', resolve));
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
} else {
  await user(what);
}
await db.close();
