import { Random } from './random.ts';

/** The id of the demo's user with that name: it depends on nothing else. */
export function userId(username: string): string {
  return new Random(`user ${username}`).uuid();
}

/** A user that only the demo has: where this id is, the demo is. */
export const DEMO_MARK = userId('admin');
