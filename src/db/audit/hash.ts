import { createHash } from 'node:crypto';

/** The hash of a row, from that of the row before it and the text that it covers; hexadecimal, as `prev` is. */
export function auditHash(prev: string, covered: string): string {
  return createHash('sha256').update(Buffer.from(prev, 'hex')).update(covered, 'utf8').digest('hex');
}
