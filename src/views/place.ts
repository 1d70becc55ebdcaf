import type { DatabaseContext } from '../model/context.ts';
import { printable } from './printable.ts';
import { type Look, paint } from './style.ts';

/** What is known of a database when it is open. */
export interface Place {
  embedded: boolean;
  name: string;
  location: string;
  /** By which name it was opened, if by one. */
  context?: DatabaseContext | null;
}

/** Which database this is, by name and server, after its context, red in production: "context shop: tomo at db.example.org:5432". */
export function renderPlace({ context, ...place }: Place, look: Pick<Look, 'colour'>): string {
  if (!context) return placeOf(place);
  const named = `context ${printable(context.name)}`;
  return `${context.production ? paint(look).red(named) : named}: ${placeOf(place)}`;
}

function placeOf({ embedded, name, location }: Omit<Place, 'context'>): string {
  if (embedded) return `the embedded database in ${printable(location)}`;
  const server = location.endsWith(`/${name}`) ? location.slice(0, -name.length - 1) : location;
  return printable(`${name} at ${server}`);
}
