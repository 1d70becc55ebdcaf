import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Terminal } from '../base/terminal.ts';

/**
 * Ids from the command line; "-" among them stands for those on stdin, between spaces or line breaks. Throws
 * INVALID_INPUT where there is none; `way`: what to do then.
 */
export async function idArguments(terminal: Terminal, given: readonly string[], way?: string): Promise<string[]> {
  if (given.length === 0) throw new TomoError('INVALID_INPUT', 'No id is given.', way ? { hint: way } : {});
  const ids = given.filter((id) => id !== '-');
  if (ids.length < given.length) ids.push(...(await readWords(terminal)));
  if (ids.length === 0) throw invalidInput('There are no ids on stdin.');
  return ids;
}

async function readWords(terminal: Terminal): Promise<string[]> {
  let text = '';
  terminal.stdin.setEncoding('utf8');
  for await (const chunk of terminal.stdin) text += chunk;
  return text.split(/\s+/).filter((word) => word !== '');
}
