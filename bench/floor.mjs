// The floor that `tomo session list` is measured against: connect, one query, print its rows.
import { readFileSync } from 'node:fs';
import pg from 'pg';

const [url, file] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
const { rows } = await client.query(readFileSync(file, 'utf8'));
let text = '';
for (const row of rows) {
  const s = JSON.parse(row.json);
  text += `${s.id.slice(0, 8)}  ${s.username.padEnd(16)} ${(s.device ?? '').padEnd(20)} ${(s.ip ?? '').padEnd(16)} `;
  text += `${s.createdAt.slice(0, 16)}  ${s.lastActivityAt.slice(0, 16)}  ${s.expiresAt.slice(0, 16)}\n`;
}
process.stdout.write(text);
await client.end();
