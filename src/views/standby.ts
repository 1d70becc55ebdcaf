import { duration } from './time.ts';

/** Where this comes from, and how old it is. `behind`: seconds since its newest change; null: it has had none. */
export function standbyWords(location: string, behind: number | null): string {
  const newest =
    behind === null ? 'nothing has come from its primary yet' : `its newest change is ${duration(behind)} old`;
  return `${location} is a standby; ${newest}. What the primary has done since then, such as a revocation, is not seen here.`;
}
