import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeDjangoSession } from '../../src/db/adopted/django-session.ts';

const SIGNATURE = ':1uA2bC:k3-_signature';
const plain = (data: string | Buffer) => Buffer.from(data).toString('base64url') + SIGNATURE;
const packed = (data: string | Buffer) => `.${deflateSync(data).toString('base64url')}${SIGNATURE}`;
const legacy = (data: string | Buffer) =>
  Buffer.concat([Buffer.from(`${'0a'.repeat(20)}:`), Buffer.from(data)]).toString('base64');

const FORMS = [
  ['plain', plain],
  ['compressed', packed],
  ['of Django before 3.1', legacy],
] as const;

/** As pickle.dumps({'_auth_user_id': '7'}) makes it. */
const PICKLE = Buffer.from(
  '80049518000000000000007d948c0d5f617574685f757365725f6964948c0137947  32e'.replaceAll(' ', ''),
  'hex',
);

describe.each(FORMS)('session_data, %s', (_, form) => {
  it.each([
    ['the id of the user', { _auth_user_id: '42', _auth_user_hash: 'x', language: 'en' }, '42'],
    ['an id that is text', { _auth_user_id: '7f9c-ü' }, '7f9c-ü'],
    ['an id that is a number, as it was once', { _auth_user_id: 42 }, '42'],
    ['nobody', { basket: ['apples'] }, null],
    ['nobody, said', { _auth_user_id: null }, null],
    ['nothing', {}, null],
  ])('says %s', (_case, session, user) => {
    expect(decodeDjangoSession(form(JSON.stringify(session)))).toBe(user);
  });

  it.each([
    ['a pickle', PICKLE],
    ['no object', '["_auth_user_id"]'],
    ['a text', '"_auth_user_id"'],
    ['null', 'null'],
    ['JSON cut off', '{"_auth_user_id":"4'],
    ['an id that is an object', '{"_auth_user_id":{"toString":"7"}}'],
    ['an id that is empty', '{"_auth_user_id":""}'],
    ['an id without an end', `{"_auth_user_id":"${'7'.repeat(5000)}"}`],
    ['arrays in arrays without an end', '['.repeat(100_000)],
    ['nothing', ''],
  ])('cannot be read where it is %s', (_case, data) => {
    expect(decodeDjangoSession(form(data))).toBe('unreadable');
  });

  it('finds nobody in the prototype of a session', () => {
    expect(decodeDjangoSession(form('{"__proto__":{"_auth_user_id":"1"}}'))).toBeNull();
  });
});

it.each([
  ['empty', ''],
  ['no base64', 'é\u0000\u001b[31m'],
  ['only signed', SIGNATURE],
  ['compressed by something else', `.${gzipSync('{}').toString('base64url')}${SIGNATURE}`],
  ['called compressed and not so', `.${plain('{"_auth_user_id":"1"}')}`],
  ['compressed and cut off', packed('{"_auth_user_id":"1"}').replace(/.{8}:/, ':')],
  ['a few bytes that would become a gigabyte', packed(Buffer.alloc(64_000_000, ' '))],
  ['megabytes', plain(`{"_auth_user_id":"1","x":"${'x'.repeat(2_000_000)}"}`)],
])('session_data that is %s cannot be read, and nothing is thrown', (_, data) => {
  expect(decodeDjangoSession(data)).toBe('unreadable');
});
