/**
 * What to say instead of an empty list of `things`; `filter`: what it was narrowed by. "live" is the word for active.
 */
export function noneFound(things: string, filter: { state?: string } & object = {}): string {
  const { state = 'all', ...others } = filter;
  const narrowed = Object.values(others).some((value) => value !== undefined);
  const which = state === 'all' ? '' : `${state === 'active' ? 'live' : state} `;
  return `No ${which}${things}${narrowed ? ` match${things.endsWith('s') ? '' : 'es'}` : ''}.`;
}
