// Run by audit-file.test.ts as a process of its own: what argv[3] says with the audit file argv[2].
import { openSync, writeSync } from 'node:fs';
import { openAuditFile } from '../../src/db/audit-file/file.ts';
import { lockFile } from '../../src/db/port/file-lock.ts';

const [path = '', what = '', count = '1'] = process.argv.slice(2);
const file = openAuditFile(path, { server: 'laravel', database: 'db/shop', context: null }, () => {});
const change = { action: 'revoke', actor: { osUser: what, host: 'box' }, reason: null, detail: {} } as const;
if (what === 'tear') {
  await lockFile(path.replace('.ndjson', '.lock'), 5000);
  writeSync(openSync(path, 'a'), '{"id":4,"at":"2026-');
  process.stdout.write('torn\n');
  process.stdin.resume();
} else if (what === 'loop') {
  for (;;) {
    const number = await file.begin(change);
    process.stdout.write(`${number}\n`);
    await file.end(number, 'done');
  }
} else {
  try {
    for (let i = 0; i < Number(count); i += 1) {
      const number = await file.begin({ ...change, reason: 'x'.repeat(400) });
      const why = await file.end(number, 'done', { count: i, pad: 'y'.repeat(what === 'full' ? 3000 : 300) });
      if (why) process.stdout.write(`${JSON.stringify({ number, why })}\n`);
    }
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ ...(error as object), message: String(error) })}\n`);
    process.exitCode = 3;
  }
}
