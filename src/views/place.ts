import type { DatabaseContext } from '../model/context.ts';
import type { ServerFacts } from '../model/server.ts';
import type { Standby } from '../model/standby.ts';
import { printable } from './printable.ts';
import { standbyNote } from './standby.ts';
import { type Look, paint } from './style.ts';

/** What is known of a database when it is open. */
export interface Place {
  embedded: boolean;
  name: string;
  location: string;
  /** By which name it was opened, if by one. */
  context?: DatabaseContext | null;
  /** Of the server, if it is one; known once it has answered. */
  standby?: Standby | null;
  sessions?: { server: Pick<ServerFacts, 'isTomo' | 'title'> };
}

/**
 * Which database this is, by name and server, after its context, red in production, and before it whose sessions are
 * there: "context shop: tomo at db.example.org:5432", "Laravel in app at localhost:5432".
 */
export function renderPlace({ context, ...place }: Place, look: Pick<Look, 'colour'>): string {
  if (!context) return placeOf(place);
  const named = `context ${printable(context.name)}`;
  return `${context.production ? paint(look).red(named) : named}: ${placeOf(place)}`;
}

function placeOf({ sessions, standby, ...place }: Omit<Place, 'context'>): string {
  const server = sessions?.server;
  const database = `${databaseOf(place)}${standby ? ` (${standbyNote(standby)})` : ''}`;
  return server && !server.isTomo ? `${printable(server.title)} in ${database}` : database;
}

function databaseOf({ embedded, name, location }: Pick<Place, 'embedded' | 'name' | 'location'>): string {
  if (embedded) return `the embedded database in ${printable(location)}`;
  const server = location.endsWith(`/${name}`) ? location.slice(0, -name.length - 1) : location;
  return printable(`${name} at ${server}`);
}
