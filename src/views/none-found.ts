/** What to say instead of an empty list of `things`; `filter`: what it was narrowed by, beside the state. */
export function noneFound(things: string, filter: object = {}): string {
  const narrowed = Object.entries(filter).some(([key, value]) => key !== 'state' && value !== undefined);
  return `No ${things}${narrowed ? ` match${things.endsWith('s') ? '' : 'es'}` : ''}.`;
}

/** Things of a state; "live" is the word for active sessions. */
export function ofState(state: string, things: string): string {
  return state === 'all' ? things : `${state === 'active' ? 'live' : state} ${things}`;
}
