import { withoutTokens } from '../domain/text/token-text.ts';
import { TomoError } from '../model/errors.ts';
import { printableText } from './printable.ts';
import { type Look, paint } from './style.ts';

/** An error for people: what happened, and the way out. */
export function renderError(error: Error, look: Pick<Look, 'colour'>, debug: boolean): string {
  const c = paint(look);
  const lines = [`${c.red('Error:')} ${safe(error.message)}`];
  if (error instanceof TomoError) {
    if (error.hint) lines.push(safe(error.hint));
    if (debug && error.cause instanceof Error) lines.push(c.dim(safe(String(error.cause.stack))));
  } else {
    lines.push('This is a bug in tomo, or a fault it does not know. DEBUG=tomo shows where it happened.');
    if (debug) lines.push(c.dim(safe(String(error.stack))));
  }
  return lines.join('\n');
}

function safe(text: string): string {
  return printableText(withoutTokens(text));
}
