/** "1,234,567". By hand: toLocaleString loads locale data, which takes longer than the query. */
export function grouped(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 session", "2,000 sessions". */
export function plural(n: number, noun: string): string {
  return `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`;
}
