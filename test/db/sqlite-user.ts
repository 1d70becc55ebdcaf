// Run by sqlite-owners.test.ts as another user: opens the SQLite database in argv[2], reads (waiting for a word
// on stdin) or writes as argv[3] says, prints what came of it.
import { once } from 'node:events';
import { read, type Transaction, write } from '../../src/db/port/database.ts';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import { TomoError } from '../../src/model/errors.ts';

const ANY = { anySchema: true };
const [file = '', what = ''] = process.argv.slice(2);
try {
  const db = await openSqlite(file);
  if (what === 'write') await write(db, (tx) => tx.query('insert into notes (text) values ($1)', ['theirs']), ANY);
  const look = async (tx: Transaction) => {
    if (what === 'wait') {
      process.stdout.write('reading ');
      await once(process.stdin, 'data');
    }
    const rows = await tx.query<{ text: string }>('select text from notes order by id');
    return rows.map(({ text }) => text).join();
  };
  process.stdout.write(await read(db, look, ANY));
} catch (error) {
  if (!(error instanceof TomoError)) throw error;
  process.stdout.write(error.code);
}
process.stdin.destroy();
