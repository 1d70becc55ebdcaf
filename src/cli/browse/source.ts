import { restoreSessions } from '../../domain/revocation/restore.ts';
import { canUndo } from '../../domain/revocation/restore-adopted.ts';
import { revokeByIds } from '../../domain/revocation/revoke.ts';
import { listSessions } from '../../domain/session/list.ts';
import { parseSearch, resolveSearch } from '../../domain/session/search.ts';
import { showSession } from '../../domain/session/show.ts';
import { confineFilter, isConfined, type Operator, ownerOf } from '../../domain/user/operator.ts';
import type { Actor } from '../../model/session.ts';
import { plural } from '../../views/number.ts';
import { revokedNote } from '../../views/session/browse.ts';
import { checkAccess } from '../base/operator.ts';
import type { OpenView } from '../watch/open-view.ts';
import type { BrowseSource } from './app.ts';

const ACTIVITY = 20;
/** Milliseconds between two looks. */
const REFRESH = 5000;

/** The sessions of the screen from the database, with no more than the operator may see and do. */
export function browseSource(
  view: OpenView,
  who: { operator: () => Operator | null; actor: () => Actor; now: () => Date; mine: boolean },
): BrowseSource {
  return {
    refresh: view.pause(REFRESH),
    toType: view.context?.production ? view.context.name : null,
    list: (state, limit) =>
      view.use(async (db) => {
        const { filter, words } = parseSearch(state.search, state.state, who.now());
        // before the words are looked up, or they would tell whose names there are
        const allowed = confineFilter(who.operator(), filter, who.mine || isConfined(who.operator()));
        const page = await listSessions(db, await resolveSearch(db, { filter: allowed, words }), {
          sort: state.sort,
          limit,
          after: state.trail.at(-1),
          withTotal: false,
        });
        const place = { ...db, standby: db.standby() };
        return { rows: page.sessions, nextCursor: page.nextCursor, place, undo: db.sessions.server.undo };
      }),
    leave: () => view.leave(),
    details: (id) => view.use((db) => showSession(db, id, ACTIVITY)),
    run: (task) =>
      view.use(async (db) => {
        checkAccess(who.operator(), task.kind === 'restore' ? 'admin' : 'own');
        if (task.kind === 'restore') {
          const report = await restoreSessions(db, task.revocation, who.actor());
          const done = report.restored ? 'Restored revocation' : 'Left as it is: revocation';
          return { message: `${done} ${task.revocation}: ${plural(report.live, 'session')} live again.`, undo: null };
        }
        const note = { actor: who.actor(), reason: task.reason, compromised: false };
        const report = await revokeByIds(db, task.ids, note, {
          dryRun: false,
          expect: null,
          owner: ownerOf(who.operator()),
        });
        const undo = isConfined(who.operator()) || !canUndo(db) ? null : report.revocation;
        return { message: revokedNote(report), undo };
      }),
  };
}
