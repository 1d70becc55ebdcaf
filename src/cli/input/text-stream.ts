import { pipeline, Readable } from 'node:stream';
import { invalidInput, TomoError } from '../../model/errors.ts';

/** Beginnings of what is packed so that it may have no NUL byte: bzip2, zstd, zip. */
const PACKED = ['425a68', '28b52ffd', '504b0304'].map((hex) => Buffer.from(hex, 'hex'));
const GZIP = Buffer.from('1f8b', 'hex');
/** Bytes at the beginning in which a NUL says that it is no text. */
const BEGINNING = 64 * 1024;

/**
 * The text of a stream, unpacked where gzip has packed it, as rotated logs are. Throws INVALID_INPUT where it is none:
 * that nothing is found in it would be a false all-clear. `name`: of what it is, for the message.
 */
export async function* textOf(from: AsyncIterable<Buffer>, name: string): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let seen = 0;
  for await (const chunk of unpacked(from, name)) {
    const beginning = chunk.subarray(0, Math.max(0, BEGINNING - seen));
    if (beginning.includes(0) || (seen === 0 && beginsLike(chunk, PACKED))) {
      throw invalidInput(
        `${name} is no text, so that no token would be found in it.`,
        'Unpack or convert it first: xzcat FILE | tomo token inspect -, and zstdcat, unzip -p, iconv likewise.',
      );
    }
    seen += chunk.length;
    yield decoder.decode(chunk, { stream: true });
  }
}

/** The same bytes; of what gzip has made, those that it was made of. */
async function* unpacked(from: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer, void> {
  const chunks = from[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  // however small the pieces are in which it comes
  while (head.length < 4) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = async function* () {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  if (!beginsLike(head, [GZIP])) return yield* whole();
  // slow to load, and most commands that take a token need none of it
  const { createGunzip } = await import('node:zlib');
  const gunzip = createGunzip();
  pipeline(Readable.from(whole()), gunzip, () => {});
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new TomoError('INVALID_INPUT', `${name} is cut off or damaged: gzip cannot unpack it to its end.`, { cause });
  }
}

function beginsLike(bytes: Buffer, beginnings: readonly Buffer[]): boolean {
  return beginnings.some((beginning) => bytes.subarray(0, beginning.length).equals(beginning));
}
