import { detectServers as detect } from '../../db/adopted/detect.ts';
import { KNOWN_SERVERS, REFUSED_SERVERS } from '../../db/adopted/servers/index.ts';
import { type Database, read } from '../../db/port/database.ts';
import type { DetectedServer, ListedServer, RefusedServer } from '../../model/server.ts';

/** What is in the schema `tomo`, which a server keeps there by calling its functions. */
const OWN: ListedServer = {
  name: 'tomo',
  title: 'Tomo (schema tomo)',
  supported: true,
  engines: ['postgres'],
  undo: true,
  late: null,
  unseen: null,
  prunes: null,
  options: [],
  why: null,
  instead: null,
};

/** The servers whose sessions can be administered, then those that are left alone. */
export function listServers(): ListedServer[] {
  const known = KNOWN_SERVERS.map(
    ({ name, title, engines, revoke, late = null, unseen = null, prunes = null, options = {} }): ListedServer => ({
      name,
      title,
      supported: true,
      engines,
      undo: revoke.unset !== undefined,
      late,
      unseen,
      prunes,
      options: Object.entries(options).map(([option, rest]) => ({ name: option, ...rest })),
      ...RIGHT,
    }),
  );
  const refused = REFUSED_SERVERS.map(
    (server): ListedServer => ({
      ...leftAlone(server),
      engines: [],
      undo: null,
      late: null,
      unseen: null,
      prunes: null,
      options: [],
    }),
  );
  return [OWN, ...known, ...refused];
}

/** Whose tables are in this database. */
export async function detectServers(db: Database): Promise<DetectedServer[]> {
  const { servers, refused, tomo } = await read(db, (tx) => detect(tx, db.engine), { anySchema: true });
  const { name, title } = OWN;
  const own = { name, title, supported: true, schema: name, table: 'sessions', reference: name };
  return [
    ...(tomo ? [{ ...own, needs: [], ...RIGHT }] : []),
    ...servers.map(({ server: { name, title }, schema, table, reference, needs }) => ({
      ...{ name, title, supported: true, schema, table, reference, needs },
      ...RIGHT,
    })),
    ...refused.map(({ server, schema }) => ({ ...leftAlone(server), schema, table: null, reference: null, needs: [] })),
  ];
}

const RIGHT = { why: null, instead: null };

function leftAlone({ name, title, why, instead }: RefusedServer) {
  return { name, title, supported: false, why, instead };
}
