import type { AdoptedServer, ServerDescription, ServerFacts } from '../../model/server.ts';
import type { Database, SessionPort, TransactionOptions } from '../port/database.ts';
import { sql } from '../port/sql.ts';
import { housekeepingOf } from './cleanup.ts';
import { hasId, startsLike } from './conditions.ts';
import { endRows } from './end.ts';
import { figuresOf } from './figures.ts';
import { healthOf } from './health.ts';
import { changedTables, type KeptMapping, keepMapping, showsChange } from './kept-mapping.ts';
import { isOneOf } from './keys.ts';
import { mapServer } from './mapping.ts';
import { pulseOf } from './pulse.ts';
import { reviveRows } from './revive.ts';
import { countRows, countRowsTo, missingIndex, pageOfSessions, sessionsOf, sessionsWhere } from './rows.ts';
import { countUsers, userById, userPage, userStream } from './user-list.ts';
import { namesContaining, similarNames, usersNamed } from './users.ts';

/** Of the beginning of an id. */
const SHORTEST = 4;

/**
 * The same database, whose sessions are those of another server. `assumed`: hears of a zone that times
 * are read in unnamed.
 */
export function adopt(db: Database, adopted: AdoptedServer, assumed: (zone: string) => void = () => {}): Database {
  const { description, options: given } = adopted;
  const mapping = keepMapping(async (tx) => {
    const found = await mapServer(tx, db.engine, description, given);
    if (found.zone && !found.zone.named) assumed(found.zone.name);
    return found;
  });
  const sessions = adoptedSessions(adopted, mapping.of, mapping.known);
  return {
    ...db,
    sessions,
    adopted,
    async transaction(options: TransactionOptions, work) {
      let handedOut = false;
      const attempt = () =>
        db.transaction({ ...options, anySchema: true }, (tx) =>
          work({
            sessions,
            query: (...of) => tx.query(...of),
            async *lines(...of) {
              for await (const line of tx.lines(...of)) {
                handedOut = true;
                yield line;
              }
            },
            script: (text) => tx.script(text),
            begun: () => tx.begun(),
            last: () => tx.last(),
          }),
        );
      try {
        return await attempt();
      } catch (error) {
        if (!showsChange(error)) throw error;
        mapping.forget();
        // what was only read, and seen by nobody yet, can be read again
        if (!options.readOnly || handedOut) throw changedTables(error, description.title);
        return await attempt();
      }
    },
  };
}

function adoptedSessions(
  { description, options, reference }: AdoptedServer,
  mapping: KeptMapping['of'],
  known: KeptMapping['known'],
): SessionPort {
  return {
    server: factsOf(description, reference),
    page: async (tx, filter, start, limit, along) => pageOfSessions(tx, await mapping(tx), filter, start, limit, along),
    byColumn: null,
    async *stream(tx, filter, start) {
      for await (const { sortKey: _, ...session } of sessionsOf(tx, await mapping(tx), filter, start)) {
        yield JSON.stringify(session);
      }
    },
    count: async (tx, filter) => (await countRows(tx, await mapping(tx), filter)).sessions,
    countWithUsers: async (tx, filter) => countRows(tx, await mapping(tx), filter),
    countTo: async (tx, filter, cap) => countRowsTo(tx, await mapping(tx), filter, cap),
    async byId(tx, ids) {
      const found = await mapping(tx);
      return ids.length > 0 ? sessionsWhere(tx, found, hasId(found, ids), null) : [];
    },
    async byPrefix(tx, prefix, limit, userId) {
      const found = await mapping(tx);
      const whose = userId !== undefined && found.user ? isOneOf(found, found.user, [userId]) : sql`true`;
      // one whose id begins those of others is meant by it
      const exact = await sessionsWhere(tx, found, sql.and(hasId(found, [prefix]), whose), 1);
      // as few letters as a slip of the fingers leaves mean nobody
      if (exact.length > 0 || prefix.length < SHORTEST) return exact;
      return sessionsWhere(tx, found, sql.and(startsLike(found, prefix), whose), limit);
    },
    async revocable(tx, ids) {
      const found = await mapping(tx);
      const sessions =
        ids.length > 0 ? await sessionsWhere(tx, found, sql.and(hasId(found, ids), found.endable), null) : [];
      return sessions.map(({ id }) => ({ id, live: true }));
    },
    end: (given, ending) => endRows(given, mapping, ending),
    revive: description.revoke.unset ? (given, reviving) => reviveRows(given, mapping, reviving) : null,
    missingIndex(sort) {
      const found = known();
      return found && missingIndex(found, sort);
    },
    retention: async () => (description.revoke.set === null ? 0 : null),
    housekeeping: housekeepingOf(mapping, options),
    health: healthOf(mapping),
    pulse: async (tx, question) => pulseOf(tx, await mapping(tx), question),
    figures: async (tx, question) => figuresOf(tx, await mapping(tx), question),
    users: {
      named: async (tx, names) => usersNamed(tx, await mapping(tx), names),
      similar: async (tx, name) => similarNames(tx, await mapping(tx), name),
      containing: async (tx, part, limit) => namesContaining(tx, await mapping(tx), part, limit),
      list: {
        page: async (tx, filter, start, limit, along) => userPage(tx, await mapping(tx), filter, start, limit, along),
        async *stream(tx, filter, start) {
          yield* userStream(tx, await mapping(tx), filter, start);
        },
        count: async (tx, filter) => countUsers(tx, await mapping(tx), filter, null),
      },
      byId: async (tx, id) => userById(tx, await mapping(tx), id),
    },
  };
}

function factsOf({ name, title, key, revoke, late, unseen }: ServerDescription, reference: string): ServerFacts {
  return {
    isTomo: false,
    name,
    reference,
    title,
    ids: key.secret ? 'hex' : 'text',
    undo: revoke.unset !== undefined,
    late: late ?? null,
    unseen: unseen ?? null,
  };
}
