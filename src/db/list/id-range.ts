/** Ids from one to another, both of them in it: those that begin alike, or one. */
export interface IdRange {
  from: string;
  to: string;
}

/** UUIDs that begin with these hex digits. */
export function idsLike(digits: string): IdRange {
  const whole = (digit: '0' | 'f') =>
    digits.padEnd(32, digit).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { from: whole('0'), to: whole('f') };
}
