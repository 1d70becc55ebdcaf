import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { textOf } from '../../src/cli/input/text-stream.ts';

const TEXT = 'GET /é 200\n'.repeat(20_000);

async function read(bytes: Buffer, size: number): Promise<string> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  let text = '';
  for await (const part of textOf(pieces(), 'access.log')) text += part;
  return text;
}

it.each([
  ['as it is', Buffer.from(TEXT), TEXT],
  ['packed', gzipSync(TEXT), TEXT],
  ['packed in two parts', Buffer.concat([gzipSync(TEXT), gzipSync('end\n')]), `${TEXT}end\n`],
  ['nothing', Buffer.alloc(0), ''],
  ['two letters', Buffer.from('ab'), 'ab'],
  ['a NUL that a crash has left far behind', Buffer.from(`${TEXT}\0\0end`), `${TEXT}\0\0end`],
])('a log is read %s, in whatever pieces it comes', async (_, bytes, text) => {
  for (const size of [1, 3, 65_536, 1_000_000]) expect((await read(bytes, size)) === text).toBe(true);
});

it.each([
  ['xz', Buffer.from('fd377a585a000004e6d6b446', 'hex')],
  ['bzip2', Buffer.from('BZh91AY&SY')],
  ['zstd', Buffer.from('28b52ffd0458', 'hex')],
  ['zip', Buffer.from('504b03041400', 'hex')],
  ['UTF-16', Buffer.from(TEXT, 'utf16le')],
  ['a packed archive', gzipSync(Buffer.concat([Buffer.from('access.log'), Buffer.alloc(502), Buffer.from(TEXT)]))],
  ['gzip that is cut off', gzipSync(TEXT).subarray(0, -30)],
  ['gzip that is damaged', Buffer.concat([gzipSync(TEXT).subarray(0, 30), Buffer.alloc(300, 7)])],
])('%s is refused, whatever the pieces: nothing found in it would be an all-clear', async (_, bytes) => {
  for (const size of [1, 3, 65_536]) {
    await expect(read(bytes, size)).rejects.toMatchObject({ code: 'INVALID_INPUT', message: /^access\.log is / });
  }
});
