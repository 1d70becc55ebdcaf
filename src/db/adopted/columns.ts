import type { Moment, ServerDescription, Span, TimeKind } from '../../model/server.ts';

/** Columns of the table of sessions that are read, and how each keeps a time, if it does. */
export function readColumns(server: ServerDescription): Map<string, TimeKind | null> {
  const { key, only = [], user, live = [], ended, ip, agent } = server;
  const columns = new Map<string, TimeKind | null>();
  const places = [key, ...only, ...(user.places ?? []), user.decode, ...live, ended?.when, ended?.by, ip, agent];
  for (const place of places) if (place) columns.set(place.column, null);
  for (const moment of momentsOf(server)) {
    if ('kind' in moment) columns.set(moment.column, moment.path ? null : moment.kind);
    const span = spanOf(moment);
    if (span && 'column' in span) columns.set(span.column, null);
  }
  return columns;
}

/** The moments of a session that a description has, each by itself. */
export function momentsOf({ created, active, expires, ended }: ServerDescription): Moment[] {
  const inside = (moment: Moment): Moment[] => ('earliest' in moment ? moment.earliest.flatMap(inside) : [moment]);
  return [created, active, expires, ended?.at].flatMap((moment) => (moment ? inside(moment) : []));
}

/** What a moment is reckoned by. */
export function spanOf(moment: Moment): Span | undefined {
  if ('plus' in moment) return moment.plus;
  return 'minus' in moment ? moment.minus : undefined;
}
