// The floor on a long line: five queries sent at once, and nobody waits for the connection to close.
import { readFileSync } from 'node:fs';
import pg from 'pg';

const [url, file] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url, pipeline: true });
client.on('error', () => {});
await client.connect();
const text = readFileSync(file, 'utf8');
const results = await Promise.all(Array.from({ length: 5 }, () => client.query(text)));
process.stdout.write(`${results.map(({ rows }) => rows.length).join(' ')}\n`);
client.connection.stream.destroy();
