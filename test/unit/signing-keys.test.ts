import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { resolveConnection } from '../../src/cli/connect/connection.ts';
import { readSigningKeys } from '../../src/cli/connect/signing-keys.ts';
import { readText } from '../../src/db/port/user-files.ts';
import { makeSigningKeys } from '../../src/domain/token/token.ts';

const [A, B, C] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)];
const folder = mkdtempSync(join(tmpdir(), 'tomo-keys-'));
const file = (name: string) => join(folder, name);
const configured = { XDG_CONFIG_HOME: folder };

function put(name: string, text: string | Uint8Array, mode = 0o600): string {
  writeFileSync(file(name), text);
  chmodSync(file(name), mode);
  return file(name);
}
function link(name: string, target: string): string {
  symlinkSync(target, file(name));
  return file(name);
}
function pipe(name: string): string {
  execFileSync('mkfifo', ['-m', '600', file(name)]);
  return file(name);
}
/** Larger than what Node reads at once. */
function huge(name: string): string {
  truncateSync(put(name, A), 5 * 2 ** 30);
  return file(name);
}
const config = (value: unknown, mode?: number) => put('tomo/config.json', JSON.stringify(value), mode);
const kids = (keys: ReturnType<typeof readSigningKeys>) =>
  keys && [keys.current.kid, ...keys.previous.map((key) => key.kid)];
const expected = (current: string, ...previous: string[]) => kids(makeSigningKeys(current, previous));
const refused = (message: RegExp, hint?: RegExp) =>
  expect.objectContaining({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(message),
    ...(hint ? { hint: expect.stringMatching(hint) } : {}),
  });

beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(file('tomo'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the signing keys', () => {
  it('are not there where nobody names one', () => {
    expect(readSigningKeys(configured)).toBeUndefined();
    expect(readSigningKeys({ ...configured, JWT_SECRET_KEY: '', JWT_PREVIOUS_SECRET_KEYS: B })).toBeUndefined();
  });

  it('come from the environment', () => {
    expect(kids(readSigningKeys({ ...configured, JWT_SECRET_KEY: A }))).toEqual(expected(A));
    expect(kids(readSigningKeys({ ...configured, JWT_SECRET_KEY: A, JWT_PREVIOUS_SECRET_KEYS: `${B},${C},` }))).toEqual(
      expected(A, B, C),
    );
    expect(kids(readSigningKeys({ ...configured, JWT_SECRET_KEY_FILE: put('key', `${A}\n`) }))).toEqual(expected(A));
  });

  it('come from the files that the config file names', () => {
    config({ jwtSecretKeyFile: put('key', A), jwtPreviousSecretKeyFiles: [put('old', `${B}\r\n`, 0o400)] });
    expect(kids(readSigningKeys(configured))).toEqual(expected(A, B));
  });

  it('come from the environment where both name one', () => {
    config({ jwtSecretKeyFile: put('key', A), jwtPreviousSecretKeyFiles: [put('old', B)] });
    expect(kids(readSigningKeys({ ...configured, JWT_SECRET_KEY: C }))).toEqual(expected(C, B));
    expect(
      kids(readSigningKeys({ ...configured, JWT_SECRET_KEY_FILE: put('other', C), JWT_PREVIOUS_SECRET_KEYS: '' })),
    ).toEqual(expected(C));
  });

  it.each([
    ['others can read', () => put('key', A, 0o640), /can be read by other users/, /chmod 600/],
    ['is a link', () => link('link', put('target', A)), /it is a link/, /the file itself/],
    ['is a folder', () => file('tomo'), /not a regular file/, undefined],
    ['is a pipe', () => pipe('pipe'), /not a regular file/, undefined],
    ['is not there', () => file('nowhere'), /ENOENT/, undefined],
    ['is too large', () => huge('key'), /larger than 10 MB/, undefined],
    [
      'is not text',
      () =>
        put(
          'key',
          Uint8Array.from({ length: 32 }, (_, i) => 0xff - i),
        ),
      /is not text/,
      /openssl/,
    ],
    ['is empty', () => put('key', '\n'), /has 0 bytes/, /openssl/],
  ])('are refused from a file that %s', (_, make, message, hint) => {
    expect(() => readSigningKeys({ ...configured, JWT_SECRET_KEY_FILE: make() })).toThrow(refused(message, hint));
  });
});

it.each<[string, () => string, RegExp]>([
  ['a pipe', () => pipe('key'), /not a regular file/],
  ['a folder', () => file('tomo'), /not a regular file/],
  ['a file that others can read', () => put('key', A, 0o604), /can be read by other users/],
  ['a file that is too large', () => huge('key'), /larger than 10 MB/],
])('a password or key for the database comes from no %s', (_, make, message) => {
  expect(() => readText(make(), 'key file', { secret: true })).toThrow(refused(message));
});

describe('the config file', () => {
  it('says where the database is', () => {
    const origin = config({ database: 'postgres://db/tomo', smtpUrl: 'smtp://localhost' });
    expect(resolveConnection({}, configured)).toEqual({
      origin,
      target: { kind: 'postgres', url: 'postgres://db/tomo', env: configured },
      context: null,
      server: null,
    });
  });

  it.each([
    [{ databse: 'x' }, /There is no key "databse"/, /database/],
    [{ zzz: 1 }, /There is no key "zzz"/, /The keys are: database, /],
    [{ database: 7 }, /"database" .* is not a text/, undefined],
    [{ jwtPreviousSecretKeyFiles: 'x' }, /"jwtPreviousSecretKeyFiles" .* is not a list/, undefined],
    [{ webhookAllow: [1] }, /"webhookAllow" .* is not a list/, undefined],
    [['database'], /is not a JSON object/, undefined],
    [null, /is not a JSON object/, undefined],
  ])('is refused with %j', (value, message, hint) => {
    config(value);
    expect(() => resolveConnection({}, configured)).toThrow(refused(message, hint));
    expect(() => readSigningKeys(configured)).toThrow(refused(message, hint));
  });

  it.each<[string, () => unknown, RegExp, RegExp?]>([
    ['others can read it', () => config({}, 0o644), /can be read by other users/, /chmod 600/],
    ['it is a link', () => link('tomo/config.json', put('other', '{}')), /it is a link/],
    ['it is a pipe', () => pipe('tomo/config.json'), /is not a regular file/],
    ['it is a folder', () => mkdirSync(file('tomo/config.json')), /is not a regular file/],
  ])('is refused when %s', (_, make, message, hint) => {
    make();
    expect(() => resolveConnection({}, configured)).toThrow(refused(message, hint));
  });

  // what only others own, nobody but root can read
  it.runIf(process.getuid?.() === 0)('is refused when it is of somebody else', () => {
    chownSync(config({}), 65_534, 65_534);
    expect(() => resolveConnection({}, configured)).toThrow(refused(/belongs to another user/, /chown root/));
  });
});
