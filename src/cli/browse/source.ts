import type { Database } from '../../db/port/database.ts';
import { COUNT_CAP } from '../../domain/list/page.ts';
import { canUndo } from '../../domain/revocation/restore-adopted.ts';
import { readRole } from '../../domain/user/identity.ts';
import { isConfined, type Operator } from '../../domain/user/operator.ts';
import type { Actor } from '../../model/session.ts';
import type { Draw } from '../../views/browse/screen.ts';
import type { Place } from '../../views/place.ts';
import { keptByItself } from '../base/kept-by-itself.ts';
import { checkAccess } from '../base/operator.ts';
import type { OpenView } from '../watch/open-view.ts';
import { type LoadedPage, type Place as Looked, type Task, usualOf } from './state.ts';
import { type Done, type Item, type Query, VIEW_NAMES, type View, type ViewName, type Who } from './view.ts';
import { VIEWS } from './views/index.ts';

/** Milliseconds between two looks. */
const REFRESH = 5000;

/** What is looked at: where, from which row on, how many. */
export type Look = Pick<Looked, 'view' | 'scope' | 'search' | 'sort' | 'reverse' | 'filter'> &
  Pick<Query, 'limit' | 'after'>;

/** Whether what was asked for is still waited for. */
type Wanted = () => boolean;

export interface BrowsedPage extends LoadedPage {
  place: Place;
  /** Whether a revocation there can be undone. */
  undoes: boolean;
  /** Views that there are none of, and why. */
  absent: Partial<Record<ViewName, string>>;
}

/** Where the screen has its rows from and what it can do to them. Messages come printable. */
export interface BrowseSource {
  /** Milliseconds between two looks. */
  refresh: number;
  /** What has to be typed before what cannot be told from a mistake; null: nothing. */
  toType: string | null;
  /** Whether a page has its total by itself, and nothing is read behind it: where each look opens the database. */
  atOnce: boolean;
  page: (look: Look, wanted?: Wanted) => Promise<BrowsedPage>;
  /** How many match, counted to COUNT_CAP + 1. */
  total: (look: Omit<Look, 'limit' | 'after'>, wanted: Wanted) => Promise<number>;
  /** Something else may be wanted by now. */
  reconsider: () => void;
  /** Who looks: the user of Tomo, else the role of the database, if it has any. */
  who: () => Promise<string | null>;
  /** Every row that matches; null: more than COUNT_CAP. */
  all: (look: Omit<Look, 'limit' | 'after'>, wanted: Wanted) => Promise<Item[] | null>;
  details: (view: ViewName, item: Item, wanted: Wanted) => Promise<Draw>;
  /** Does what was asked for; throws what people are told. */
  run: (task: Task) => Promise<Done>;
  /** Somebody leaves: what still runs has a few seconds. */
  leave: () => void;
}

/** From the database, with no more than the operator may see and do. */
export function browseSource(
  view: OpenView,
  who: { operator: () => Operator | null; actor: () => Actor; now: () => Date; mine: boolean },
): BrowseSource {
  const asWho = (): Who => ({ operator: who.operator(), actor: who.actor(), now: who.now(), mine: who.mine });
  const rowsOf = async (db: Database, name: ViewName, query: Query) => {
    const looked = VIEWS[name];
    checkAccess(who.operator(), looked.access);
    const { rows, nextCursor = null, total = null } = await looked.page(db, query, asWho());
    return { rows: itemsOf(looked, rows), nextCursor, total: await total };
  };
  return {
    refresh: view.pause(REFRESH),
    toType: view.context?.production ? view.context.name : null,
    atOnce: view.embedded,
    page: (look, wanted) =>
      view.use(async (db) => {
        const page = await rowsOf(db, look.view, { ...look, withTotal: view.embedded && look.after === undefined });
        const place = { ...db, standby: db.standby() };
        const undoes = canUndo(db) && !isConfined(who.operator());
        return { ...page, place, undoes, absent: absentFrom(db, who.operator()) };
      }, wanted),
    total: (look, wanted) =>
      view.use(async (db) => {
        // in the order that costs nothing
        const place = { sort: usualOf(look.view, look.filter), reverse: false, limit: 1, after: undefined };
        const { rows, total } = await rowsOf(db, look.view, { ...look, ...place, withTotal: true });
        return total ?? rows.length;
      }, wanted),
    reconsider: () => view.reconsider(),
    who: async () => {
      const operator = who.operator();
      if (operator) return `${operator.username} (${operator.role})`;
      // everybody has the same one in the embedded database
      return view.use(async (db) => (db.embedded ? null : readRole(db)));
    },
    all: (look, wanted) =>
      view.use(async (db) => {
        const query = { ...look, limit: COUNT_CAP, after: undefined, withTotal: false };
        const { rows, nextCursor, total } = await rowsOf(db, look.view, query);
        return nextCursor === null && (total ?? 0) <= rows.length ? rows : null;
      }, wanted),
    leave: () => view.leave(),
    details: (name, { row }, wanted) =>
      view.use((db) => {
        checkAccess(who.operator(), VIEWS[name].access);
        return VIEWS[name].details(db, row, asWho());
      }, wanted),
    run: ({ view: name, action: wanted, items, text }) =>
      view.use(async (db) => {
        const action = VIEWS[name].actions.find((one) => one.name === wanted);
        if (!action) throw new Error(`there is no ${wanted} of ${name}`);
        checkAccess(who.operator(), action.access);
        return action.run(
          db,
          items.map(({ row }) => row),
          text,
          asWho(),
        );
      }),
  };
}

/** Two rows of one id, such as two requests at one moment, are told by their order. */
function itemsOf(view: View, rows: readonly unknown[]): Item[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const id = view.id(row);
    const n = seen.get(id) ?? 0;
    seen.set(id, n + 1);
    return { id: n === 0 ? id : `${id} ${n}`, row };
  });
}

function absentFrom({ sessions: { server }, auditFile }: Database, operator: Operator | null) {
  return Object.fromEntries(
    VIEW_NAMES.flatMap((name) => {
      const { access, tomoOnly } = VIEWS[name];
      if (access === 'admin' && isConfined(operator)) return [[name, `${name}: for role admin.`]];
      const kept = server.isTomo || !tomoOnly;
      if (!kept) return [[name, keptByItself(name, server)]];
      return name === 'revocations' && !server.isTomo && !auditFile
        ? [[name, `Revocations on ${server.title} are in the audit: key 6.`]]
        : [];
    }),
  ) as Partial<Record<ViewName, string>>;
}
