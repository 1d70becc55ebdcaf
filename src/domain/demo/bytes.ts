/** As PostgreSQL reads bytea. */
export function bytea(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}
