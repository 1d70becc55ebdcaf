/** A JWT begins with the base64url of {" and has three parts. Also what was cut short, or begins otherwise. */
const LIKE_TOKEN = /eyJ[\w-]{8,}[\w.-]*|[\w-]{16,}\.[\w-]{16,}\.[\w-]{32,}/g;

/** Whether somebody who typed this meant a token, be it whole or not. */
export function isLikeToken(text: string): boolean {
  return text.search(LIKE_TOKEN) >= 0;
}

/** Messages repeat what was typed; what looks like a token must not get into a terminal's scrollback or a log that way. */
export function withoutTokens(text: string): string {
  return text.replaceAll(LIKE_TOKEN, '<token>');
}
