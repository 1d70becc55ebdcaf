import { type Database, read } from '../../db/port/database.ts';
import { selectUsernamesContaining } from '../../db/user/users.ts';
import { TomoError } from '../../model/errors.ts';
import type { SessionFilter, StateFilter } from '../../model/session.ts';
import { type FilterInput, parseFilter } from './filter.ts';

/** A search as one line: filters as "user:alice ip:203.0.113.0/24", and words that are looked for. */
export interface Search {
  filter: SessionFilter;
  words: string[];
}

const KEYS: Record<string, keyof FilterInput> = {
  user: 'user',
  ip: 'ip',
  country: 'country',
  device: 'device',
  method: 'method',
  since: 'since',
  until: 'until',
  idle: 'idle-for',
  related: 'related-to',
};
/** That many users may have a word in their names; more make it a word of the device. */
const MOST_USERS = 100;

/** Throws INVALID_INPUT for a filter that does not exist or has no such value. */
export function parseSearch(text: string, state: StateFilter, now: Date): Search {
  const input: FilterInput = { state };
  const words: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, name = '', value = ''] = /^([a-z]+):(.*)$/i.exec(word) ?? [];
    const key = KEYS[name.toLowerCase()];
    if (!key) words.push(word);
    else if (value !== '')
      Object.assign(input, {
        [key]: ['user', 'ip', 'country', 'device', 'method'].includes(key)
          ? [...((input[key] as string[]) ?? []), value]
          : value,
      });
  }
  return { filter: parseFilter(input, now), words };
}

/** What the words mean: a part of user names where some have it, else of the device. */
export function resolveSearch(db: Database, { filter, words }: Search): Promise<SessionFilter> {
  if (words.length === 0) return Promise.resolve(filter);
  return read(db, async (tx) => {
    const resolved = { ...filter };
    for (const word of words) {
      const users = resolved.users ? [] : await selectUsernamesContaining(tx, word, MOST_USERS + 1);
      if (users.length > 0 && users.length <= MOST_USERS) resolved.users = users;
      else if (resolved.devices === undefined) resolved.devices = [word];
      else
        throw new TomoError(
          'INVALID_INPUT',
          `Neither "${resolved.devices[0]}" nor "${word}" is part of a user name, and one word finds a device.`,
        );
    }
    return resolved;
  });
}
