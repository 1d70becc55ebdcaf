import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { invalidInput } from '../../model/errors.ts';
import type { SessionFilter, StateFilter } from '../../model/session.ts';
import { notEmpty } from '../list/filter-text.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { networkOfPrefix } from '../text/network.ts';
import { type FilterInput, NEGATABLE, parseFilter } from './filter.ts';
import { parseIdPrefix } from './id.ts';

/**
 * A search as one line: filters as "user:alice -ip:203.0.113.0/24" (not from there), and words that are looked for.
 */
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
  const search = { words: [] as string[], idPrefix: undefined as string | undefined };
  const add = (key: keyof FilterInput, value: string) =>
    Object.assign(input, {
      [key]: ['user', 'ip', 'country', 'device', 'method'].includes(key.replace('not-', ''))
        ? [...((input[key] as string[]) ?? []), value]
        : value,
    });
  const opposite = (key: keyof FilterInput | undefined) => NEGATABLE.find((one) => one === key);
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [, minus, name = '', value = ''] = /^(-|not-)?([a-z]+):(.*)$/i.exec(word) ?? [];
    const key = KEYS[name.toLowerCase()];
    const network = networkOfPrefix(key === 'ip' ? value : word);
    const turned = minus && opposite(key);
    if (turned) value !== '' && add(`not-${turned}`, network ?? value);
    else if (minus)
      throw invalidInput(`Nothing is turned around by ${word} here.`, `It can be: ${NEGATABLE.join(', ')}`);
    else if (network) add('ip', network);
    else if (name.toLowerCase() === 'id') search.idPrefix = notEmpty(value, 'id');
    else if (key) value !== '' && add(key, value);
    else {
      const meant = value && didYouMean(name, Object.keys(KEYS));
      if (meant) throw invalidInput(`There is no filter ${name}: here. ${meant}`);
      search.words.push(word);
    }
  }
  const { words, idPrefix } = search;
  return { filter: { ...parseFilter(input, now), idPrefix }, words };
}

/**
 * What the words mean: a part of user names where some have it, else the beginning of an id, else a word of the
 * device, which has all of those.
 */
export function resolveSearch(db: Database, { filter, words }: Search): Promise<SessionFilter> {
  if (words.length === 0) return Promise.resolve(filter);
  return read(db, async (tx) => {
    const resolved = { ...filter };
    const ofDevice: string[] = [];
    for (const word of words) {
      const users = resolved.users ? [] : await tx.sessions.users.containing(tx, word, MOST_USERS + 1);
      if (users.length > 0 && users.length <= MOST_USERS) resolved.users = users;
      else if (resolved.idPrefix === undefined && (await beginsId(tx, word))) resolved.idPrefix = word;
      else ofDevice.push(word);
    }
    if (ofDevice.length === 0) return resolved;
    if (filter.devices)
      throw invalidInput(`"${ofDevice.join('" and "')}": part of no user name, and the device is named already.`);
    return { ...resolved, devices: [ofDevice.join(' ')] };
  });
}

async function beginsId(tx: Transaction, word: string): Promise<boolean> {
  if (word.length < 4 || (tx.sessions.server.ids === 'hex' && !/^[0-9a-f][0-9a-f-]{3,35}$/i.test(word))) return false;
  return (await tx.sessions.byPrefix(tx, parseIdPrefix(tx, word), 1)).length > 0;
}
