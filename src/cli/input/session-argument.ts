import type { Database } from '../../db/port/database.ts';
import { findTokens, isLikeToken } from '../../domain/text/token-text.ts';
import { inspectToken, type TokenInspection } from '../../domain/token/inspection.ts';
import { confineIds, confineToken, type Operator } from '../../domain/user/operator.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Terminal } from '../base/terminal.ts';
import { readSigningKeys } from '../connect/signing-keys.ts';
import { ARGUMENT_WARNING, invite } from './token-input.ts';

/** An id or a token, with some room around it. */
const LONGEST = 64 * 1024;

/** What a command's `<id|token|->` means. */
export type SessionArgument = { id: string; token: null } | { id: null; token: string };

/**
 * The id or token that was given, or (-) stands on stdin: bare, or in a line such as "Authorization: Bearer …".
 * Throws INVALID_INPUT, without repeating it.
 */
export async function readSessionArgument(
  terminal: Terminal,
  argument: string,
  caution: (text: string) => void,
): Promise<SessionArgument> {
  const piped = argument === '-';
  const text = piped ? await readShortly(terminal) : argument.trim();
  if (!isLikeToken(text)) {
    refuseSeveral(text.split(/\s+/));
    return { id: text, token: null };
  }
  if (!piped) caution(ARGUMENT_WARNING);
  const [token = text, ...more] = new Set(findTokens(text));
  if (more.length > 0) {
    throw invalidInput(
      `There are ${more.length + 1} tokens; this looks at one.`,
      'Any number of them: tomo token inspect -',
    );
  }
  return { id: null, token };
}

function refuseSeveral(words: string[]): void {
  if (words.length === 1 || !words.every((word) => /^[0-9a-f-]+$/i.test(word))) return;
  throw invalidInput(
    `There are ${words.length} ids; this looks at one.`,
    'Each in turn: tomo session list --output ids | xargs -n 1 tomo session show',
  );
}

async function readShortly(terminal: Terminal): Promise<string> {
  invite(terminal);
  let text = '';
  terminal.stdin.setEncoding('utf8');
  for await (const chunk of terminal.stdin) {
    text += chunk;
    if (text.length > LONGEST) throw invalidInput('There is more on stdin than one id or token.');
  }
  if (text.trim() === '') throw invalidInput('There is neither an id nor a token on stdin.');
  return text.trim();
}

/**
 * The id of the session that the argument names, if the operator may see it, and what there is to say about the token.
 * Throws INVALID_INPUT, NOT_FOUND, AMBIGUOUS_ID or PERMISSION_DENIED.
 */
export async function resolveSession(
  db: Database,
  argument: SessionArgument,
  { operator, terminal }: { operator: Operator | null; terminal: Terminal },
): Promise<{ id: string; token: TokenInspection | null }> {
  const token =
    argument.token === null
      ? null
      : confineToken(
          operator,
          await inspectToken(db, argument.token, readSigningKeys(terminal.env), { clock: terminal.now }),
        );
  if (token && !token.why) {
    if (token.claims)
      throw new TomoError('NOT_FOUND', 'There is no session that the token names (any more).', {
        hint: 'What it says of itself: tomo token inspect -',
      });
    throw invalidInput('What was given looks like a token, and is none that can be read.', 'Was all of it copied?');
  }
  const [id = ''] = await confineIds(db, operator, [token?.why?.session.id ?? argument.id ?? '']);
  return { id, token };
}
