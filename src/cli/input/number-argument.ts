import type { List } from '../../domain/list/list.ts';
import { NOUNS, parseNumberId } from '../../domain/list/number-id.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Database } from '../base/base-command.ts';
import { argument } from './arguments.ts';
import { switchFlag } from './flags.ts';

type Noun = keyof typeof NOUNS;

/** What a command takes that shows one row of a list: its number, or --last. */
export const NUMBER = (noun: Noun) => argument(`Number of ${NOUNS[noun]}.`);
export const LAST = switchFlag('Instead of a number: the latest.');

/**
 * Finds the number that was given, or with --last that of the latest row. Throws INVALID_INPUT at once,
 * and then NOT_FOUND.
 */
export function numberGiven<Filter, Row extends { id: number }>(
  given: string | undefined,
  last: boolean,
  { noun, list, all }: { noun: Noun; list: List<Filter, Row, 'newest'>; all: Filter },
): (db: Database) => Promise<number> {
  if ((given === undefined) !== last) throw invalidInput(`Give the number of ${NOUNS[noun]}, or --last.`);
  if (given !== undefined) {
    const id = parseNumberId(given, noun);
    return async () => id;
  }
  return async (db) => {
    const { rows } = await list.page(db, all, { sort: 'newest', limit: 1 });
    const [latest] = rows;
    if (latest) return latest.id;
    throw new TomoError('NOT_FOUND', `There is no ${NOUNS[noun].replace(/^an? /, '')} yet.`);
  };
}
