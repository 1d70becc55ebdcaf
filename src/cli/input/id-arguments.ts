import { TomoError } from '../../model/errors.ts';
import { readWords, type Terminal } from '../base/terminal.ts';

/** Ids from the command line; "-" among them reads more from stdin. Throws INVALID_INPUT where there is none. */
export async function idArguments(terminal: Terminal, given: readonly string[], way: string): Promise<string[]> {
  if (given.length === 0) throw new TomoError('INVALID_INPUT', 'No id is given.', { hint: way });
  const ids = given.includes('-') ? [...given.filter((id) => id !== '-'), ...(await readWords(terminal))] : [...given];
  if (ids.length === 0) throw new TomoError('INVALID_INPUT', 'There are no ids on stdin.');
  return ids;
}
