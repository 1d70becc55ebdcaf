import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeOutputFile } from '../../src/cli/output/output-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tomo-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Another user, who turns every new file in a folder that everybody may write into a link, as quick as can be. */
const SWAPPER = `
  const fs = require('node:fs');
  const [folder, target] = process.argv.slice(1);
  process.setgid(65534); process.setuid(65534);
  console.log('ready');
  for (;;) for (const name of fs.readdirSync(folder)) {
    try { fs.rmSync(folder + '/' + name); fs.symlinkSync(target, folder + '/' + name); fs.rmSync(folder + '/' + name); }
    catch {}
  }`;

it.runIf(process.getuid?.() === 0)(
  'a file that is swapped while it is written gives nobody rights on another',
  async () => {
    const [shared, secret] = [join(folder, 'shared'), join(folder, 'secret')];
    chmodSync(folder, 0o755);
    writeFileSync(secret, 'of root', { mode: 0o600 });
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    const swapper = spawn(process.execPath, ['-e', SWAPPER, shared, secret], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(swapper.stdout, 'data');
      for (let n = 0; n < 1500; n += 1) {
        try {
          writeOutputFile(join(shared, `${n}`), 'metrics', true, 0o644);
        } catch {
          // it was taken away meanwhile
        }
      }
    } finally {
      swapper.kill('SIGKILL');
    }
    expect([statSync(secret).mode & 0o777, readFileSync(secret, 'utf8')]).toEqual([0o600, 'of root']);
  },
);
