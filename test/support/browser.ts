import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const BIN = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', 'bin');

/**
 * A real browser, brought by the package @sparticuz/chromium, with its own libraries where the machine has none; or a
 * Chromium of the machine; undefined where none starts.
 */
export async function openBrowser(): Promise<Browser | undefined> {
  const ways = [
    async () => ({ executablePath: packaged() }),
    async () => ({
      executablePath: packaged(),
      env: { ...process.env, LD_LIBRARY_PATH: join(await inflate(join(BIN, 'al2023.tar.br')), 'lib') },
    }),
    async () => ({ executablePath: '/usr/bin/chromium' }),
  ];
  for (const way of ways) {
    try {
      return await chromium.launch({ ...(await way()), args: ['--no-sandbox', '--font-render-hinting=none'] });
    } catch {
      // the next one: this machine has another processor, or lacks a library
    }
  }
  return undefined;
}

/**
 * The program out of the package, unpacked once for all test runs. Not by the package itself: it chooses flags and
 * folders for Lambda.
 */
function packaged(): string {
  const packed = readFileSync(join(BIN, 'chromium.br'));
  const folder = join(tmpdir(), `tomo-test-browser-${process.getuid?.() ?? 'user'}`);
  const program = join(folder, createHash('sha256').update(packed).digest('hex').slice(0, 16));
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${program}.${process.pid}`;
    writeFileSync(draft, brotliDecompressSync(packed));
    chmodSync(draft, 0o700);
    renameSync(draft, program);
  }
  return program;
}
