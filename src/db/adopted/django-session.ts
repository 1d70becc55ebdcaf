import { inflateSync } from 'node:zlib';

/** A session of Django is a few hundred bytes; more than this is somebody else's. */
const MOST = 1_000_000;

/** `[.]data:time:signature`; a dot first where the data is compressed. */
const SIGNED = /^(\.?)([\w-]+):\w+:[\w-]+$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Whose session this `session_data` is: the id of the user as text, null for nobody. Only JSON is read: a pickle is a
 * program, and is `unreadable`, as is whatever is malformed or far too long. The signature is not looked at: whoever
 * writes into this table could name any user anyhow.
 */
export function decodeDjangoSession(data: string): string | null | 'unreadable' {
  try {
    const session: unknown = JSON.parse(unpack(data));
    if (typeof session !== 'object' || session === null || Array.isArray(session)) return 'unreadable';
    if (!Object.hasOwn(session, '_auth_user_id')) return null;
    const { _auth_user_id: id } = session as { _auth_user_id: unknown };
    if (id === null) return null;
    // a number before Django 1.7
    const text = typeof id === 'number' ? String(id) : id;
    return typeof text === 'string' && text.length > 0 && text.length <= 255 ? text : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** The JSON in it, or text that is none. */
function unpack(data: string): string {
  if (data.length > MOST) return '';
  const signed = SIGNED.exec(data);
  if (signed) {
    const packed = Buffer.from(signed[2] ?? '', 'base64url');
    return (signed[1] ? inflateSync(packed, { maxOutputLength: MOST }) : packed).toString();
  }
  // before Django 3.1: base64 of `hash:data`
  if (!BASE64.test(data)) return '';
  const plain = Buffer.from(data, 'base64').toString();
  return plain.slice(plain.indexOf(':') + 1);
}
