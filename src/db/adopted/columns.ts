import type { Moment, ServerDescription, Span } from '../../model/server.ts';

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
