import { COUNT_CAP } from '../../domain/list/page.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { fits, pageSize, renderBrowse, rowAt, SIDE_BY_SIDE, TOO_SMALL } from '../../views/browse/screen.ts';
import { undoHint } from '../../views/session/revoke.ts';
import type { Look } from '../../views/style.ts';
import { canDraw, screenSize, type Terminal } from '../base/terminal.ts';
import { FullScreen } from '../output/full-screen.ts';
import { restAfter } from '../watch/open-view.ts';
import { screenOf } from './draw.ts';
import { type Key, readKeys } from './keyboard.ts';
import { stillMarks } from './mark.ts';
import type { Mouse } from './mouse.ts';
import { browse } from './reduce.ts';
import type { BrowsedPage, BrowseSource } from './source.ts';
import { type BrowseEvent, type BrowseState, current, startBrowsing } from './state.ts';
import type { Done, Item } from './view.ts';

export interface BrowseOptions {
  start: Pick<BrowseState, 'purpose' | 'search' | 'sort' | 'filter'>;
  source: BrowseSource;
  look: () => Look;
  signal: AbortSignal;
}

/** Time in which a further key takes the place of the one before; milliseconds. */
const DEBOUNCE = 120;
/** Time in which a program that was asked to stop does so; milliseconds. */
const SUSPENDING = 50;

const SEARCH_FAULTS = ['INVALID_INPUT', 'NOT_FOUND', 'AMBIGUOUS_ID', 'PERMISSION_DENIED'];

/** Refuses a terminal on which one would not see what one does. `hint`: what there is instead. */
export function requireScreen(terminal: Terminal, message: string, hint: string): void {
  if (!canDraw(terminal)) throw invalidInput(message, hint);
  if (!fits(screenSize(terminal))) throw invalidInput(TOO_SMALL, hint);
}

/**
 * Takes the screen over until somebody leaves or the signal comes. Returns what was chosen, if that is what it was
 * for. What cannot be reached or read at all is thrown before the screen changes, and what was still being done when
 * somebody left is told after it.
 */
export async function browseDatabase(terminal: Terminal, options: BrowseOptions): Promise<readonly Item[] | null> {
  const { source, signal } = options;
  const end = Promise.withResolvers<readonly Item[] | null>();
  const timers: Partial<Record<'list' | 'details' | 'resume', NodeJS.Timeout>> = {};
  const screen = new FullScreen(terminal, () => update({ type: 'tick' }));
  let doing: Promise<Done> | undefined;
  let who: string | null = null;
  let behind: Promise<unknown> | undefined;
  /** Not before then is it looked again without a key. */
  let rested = 0;
  let state = startBrowsing({
    ...options.start,
    toType: source.toType,
    detail: screenSize(terminal).width >= SIDE_BY_SIDE,
  });

  const update = (event: BrowseEvent) => {
    const before = state;
    state = browse(state, event);
    if (state.quit) {
      source.reconsider();
      return end.resolve(state.picked);
    }
    follow(before);
    source.reconsider();
    screen.mouse = state.mouse;
    draw();
  };

  const draw = () => {
    const { width, height } = screenSize(terminal);
    const look = { ...options.look(), width };
    screen.draw(renderBrowse(screenOf(state, { place, who }, look, height), look));
  };

  /** Does what a change of the state asks for. */
  const follow = (before: BrowseState) => {
    if (state.request !== before.request) load(state.mode === 'search' ? DEBOUNCE : 0);
    const wanted = state.detail ? current(state) : undefined;
    if (wanted && (!before.detail || before.rows !== state.rows || current(before)?.id !== wanted.id)) {
      loadDetails(wanted, state.details ? DEBOUNCE : 0);
    }
    if (state.marking && state.marking !== before.marking) findAll(state.marking);
    if (state.copied && state.copied !== before.copied) screen.copy(state.copied.ids.join('\n'));
    if (state.task && state.task !== before.task) run(state.task);
  };

  const run = (task: NonNullable<BrowseState['task']>) => {
    doing = source.run(task);
    doing
      .then(
        ({ message, undo = null }) =>
          update({ type: 'done', message: undo === null ? message : `${message} u undoes it.`, undo, trouble: false }),
        (error: unknown) => update({ type: 'done', message: messageOf(error), undo: null, trouble: true }),
      )
      .finally(() => {
        doing = undefined;
      });
  };

  /** The page that is looked at. */
  const placeHere = () => ({
    ...state,
    limit: pageSize(screenSize(terminal).height),
    after: state.trail.at(-1)?.after,
  });
  const wantedAt = (request: number) => () => request === state.request && !state.quit;

  const load = (pause: number) => {
    clearTimeout(timers.list);
    timers.list = setTimeout(() => {
      const { request } = state;
      const begun = performance.now();
      source.page(placeHere(), wantedAt(request)).then(
        (page) => {
          if (!source.atOnce) rested = performance.now() + restAfter(performance.now() - begun);
          place = page.place;
          update({ type: 'loaded', request, ...page });
          goOn(request);
        },
        (error: unknown) => update({ type: 'failed', request, message: messageOf(error), refused: isRefused(error) }),
      );
    }, pause);
  };

  /** Behind the rows, which are there first, come how many match, and the next page. */
  const goOn = (request: number) => {
    const { nextCursor, total, trail, rows } = state;
    const wanted = wantedAt(request);
    if (nextCursor === null || source.atOnce || !wanted()) return;
    // that there are more than are counted does not change from look to look
    const isKnown = total !== null && (trail.length > 1 || total > COUNT_CAP);
    const counted = isKnown
      ? undefined
      : source.total(state, wanted).then((total) => update({ type: 'counted', request, total }));
    const look = { ...state, limit: rows.length, after: nextCursor };
    const read = source
      .page(look, wanted)
      .then((page) => update({ type: 'ahead', request, page: { ...page, after: nextCursor } }));
    // the next look says what is wrong
    behind = Promise.allSettled([counted, read]).finally(() => {
      behind = undefined;
    });
  };

  const loadDetails = (item: Item, pause: number) => {
    clearTimeout(timers.details);
    timers.details = setTimeout(() => {
      const wanted = () => state.detail && current(state)?.id === item.id && !state.quit;
      source.details(state.view, item, wanted).then(
        (draw) => update({ type: 'details', id: item.id, draw }),
        () => update({ type: 'details', id: item.id, draw: null }),
      );
    }, pause);
  };

  const findAll = (of: NonNullable<BrowseState['marking']>) => {
    const wanted = () => stillMarks(state, of) && !state.quit;
    source.all(of, wanted).then(
      (rows) => update({ type: 'all', of, rows }),
      (error: unknown) => {
        if (wanted()) update({ type: 'failed', request: state.request, message: messageOf(error), refused: false });
      },
    );
  };

  const press = (key: Key) => {
    if (fits(screenSize(terminal))) update({ type: 'key', key });
    // nobody sees what any other key does
    else if (key === 'interrupt' || (typeof key === 'object' && 'text' in key && key.text === 'q')) leave();
  };

  const point = (mouse: Mouse) => {
    const size = screenSize(terminal);
    if (!fits(size)) return;
    if (mouse.mouse !== 'click') return update({ type: 'wheel', by: mouse.mouse === 'wheelUp' ? -1 : 1 });
    const detail = state.detail && state.details !== null;
    const row = rowAt(mouse, { cursor: state.cursor, rows: state.rows.length, ...size, detail });
    if (row !== null) update({ type: 'click', row });
  };

  const leave = () => update({ type: 'key', key: 'interrupt' });
  let release = () => {};
  const open = () => {
    screen.mouse = state.mouse;
    release = readKeys(terminal, { key: press, mouse: point, suspend });
    draw();
  };
  const close = () => {
    release();
    screen.close();
  };
  const suspend = () => {
    close();
    terminal.suspend();
    // passes when the program goes on, or did not stop
    timers.resume = setTimeout(() => {
      delete timers.resume;
      open();
    }, SUSPENDING);
  };

  /** Somebody else has stopped it, and let it go on: the terminal is as the shell has left it. */
  const resume = () => {
    if (timers.resume) return;
    close();
    open();
  };

  const first: BrowsedPage = await source.page(placeHere());
  // another server may answer later, or a standby fall behind
  let { place } = first;
  if (state.purpose === 'choose' && first.rows.length === 0)
    throw new TomoError('NOT_FOUND', 'There are no live sessions to revoke.');
  const begun = { ...state, absent: first.absent, undoes: first.undoes };
  state = browse(begun, { type: 'loaded', request: begun.request, ...first });
  signal.addEventListener('abort', leave);
  const stay = terminal.onContinue(resume);
  if (signal.aborted) leave();
  const ticking = setInterval(() => {
    // what is still being read is not read anew
    if (!behind && performance.now() >= rested) update({ type: 'tick' });
  }, source.refresh);
  try {
    if (!state.quit) open();
    follow(begun);
    goOn(begun.request);
    source.who().then(
      (words) => {
        who = words;
        if (!state.quit) draw();
      },
      // what it was asked along with says what is wrong
      () => {},
    );
    await end.promise;
  } finally {
    stay();
    clearInterval(ticking);
    for (const timer of Object.values(timers)) clearTimeout(timer);
    close();
  }
  if (doing) {
    source.leave();
    const { message, undo = null } = await doing;
    terminal.stderr.write(`${message}\n${undo === null ? '' : `${undoHint([undo], false)}\n`}`);
  }
  return end.promise;
}

/** Whether it is what was searched for that is at fault. */
function isRefused(error: unknown): boolean {
  return error instanceof TomoError && SEARCH_FAULTS.includes(error.code);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
