import { text } from 'node:stream/consumers';
import * as Args from '@oclif/core/args';
import { invalidInput } from '../../model/errors.ts';
import type { Terminal } from '../base/terminal.ts';

// oclif reads stdin for an argument that is left out; here only "-" asks for that

export const argument = (description: string) => Args.string({ ignoreStdin: true, description });

export const requiredArgument = (description: string) =>
  Args.string({ ignoreStdin: true, required: true, description });

/** What several ids are given by; see idArguments. */
export const idsArgument = argument(
  'Ids, or their first digits (4 or more), as many as you like; - reads them from stdin.',
);

/** See readSessionArgument. */
export const sessionArgument = requiredArgument(
  'Id of the session, its first digits (4 or more), or a token of it; - reads that from stdin.',
);

/**
 * Ids from the command line; "-" among them stands for those on stdin, between spaces or line breaks. Throws
 * INVALID_INPUT where there is none; `way`: what to do then.
 */
export async function idArguments(terminal: Terminal, given: readonly string[], way?: string): Promise<string[]> {
  if (given.length === 0) throw invalidInput('No id is given.', way);
  const ids = given.filter((id) => id !== '-');
  if (ids.length < given.length) ids.push(...(await text(terminal.stdin)).split(/\s+/).filter(Boolean));
  if (ids.length === 0) throw invalidInput('There are no ids on stdin.');
  return ids;
}
