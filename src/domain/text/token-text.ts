// No expression here goes over a text twice: it comes from outside, and may be a megabyte of one letter.
const RUN = /[\w.-]+/g;
/** How a JWT begins: the base64url of {" */
const BEGINNING = 'eyJ';

/**
 * The tokens in a line of text, such as one of a log, in their order. Also behind what sticks to them,
 * as in Bearer%20eyJ…
 */
export function findTokens(line: string): string[] {
  const found: string[] = [];
  if (!line.includes(BEGINNING)) return found;
  for (const [run] of line.matchAll(RUN)) {
    const parts = run.split('.');
    for (let i = 0; i + 2 < parts.length; i += 1) {
      const [header = '', claims = '', signature = ''] = parts.slice(i, i + 3);
      const at = header.indexOf(BEGINNING);
      if (at < 0 || header.length - at < 8 || claims.length < 2) continue;
      found.push(`${header.slice(at)}.${claims}.${signature}`);
      i += 2;
    }
  }
  return found;
}

/** Whether somebody who typed this meant a token, be it whole or not. */
export function isLikeToken(text: string): boolean {
  for (const [run] of text.matchAll(RUN)) {
    if (withoutToken(run) !== run) return true;
  }
  return false;
}

/**
 * Messages repeat what was typed; what looks like a token must not get into a terminal's scrollback or a log that way.
 */
export function withoutTokens(text: string): string {
  return text.replaceAll(RUN, (run) => (isLikeSignature(run) ? '<token>' : withoutToken(run)));
}

function withoutToken(run: string): string {
  const at = run.indexOf(BEGINNING);
  if (at >= 0 && run.length - at > 10) return `${run.slice(0, at)}<token>`;
  // one whose header is written otherwise: three parts, of which the last is as long as a signature
  const [header = '', claims = '', signature = ''] = run.split('.', 3);
  return header.length > 15 && claims.length > 15 && signature.length > 31 ? '<token>' : run;
}

/**
 * An HS256 signature has 43 characters; one that begins with a dash may have lost some as flags, or have a flag before
 * it. Ids and digests have no capitals.
 */
function isLikeSignature(run: string): boolean {
  return /^[\w-]{40,46}$/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run);
}
