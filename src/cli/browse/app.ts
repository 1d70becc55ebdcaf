import type { SessionDetails } from '../../domain/session/show.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { Session } from '../../model/session.ts';
import type { Place } from '../../views/place.ts';
import { fits, pageSize, renderBrowse, SIDE_BY_SIDE, TOO_SMALL } from '../../views/session/browse.ts';
import { undoHint } from '../../views/session/revoke.ts';
import type { Look } from '../../views/style.ts';
import { canDraw, screenSize, type Terminal } from '../base/terminal.ts';
import { FullScreen } from '../output/full-screen.ts';
import { type Key, readKeys } from './keyboard.ts';
import { type BrowseEvent, type BrowseState, browse, current, startBrowsing } from './state.ts';

/** Where the screen has its sessions from and what it can do to them. Messages come printable. */
export interface BrowseSource {
  /** Milliseconds between two looks. */
  refresh: number;
  /** What has to be typed before a revocation; null: nothing. */
  toType: string | null;
  list: (state: BrowseState, limit: number) => Promise<BrowsedPage>;
  details: (id: string) => Promise<SessionDetails | null>;
  /** Does what was asked for; throws what people are told. */
  run: (task: NonNullable<BrowseState['task']>) => Promise<Done>;
  /** Somebody leaves: what still runs has a few seconds. */
  leave: () => void;
}

export interface BrowsedPage {
  rows: Session[];
  nextCursor: string | null;
  place: Place;
  /** Whether a revocation there can be undone. */
  undo: boolean;
}

/** What has been done; `undo`: the revocation, if it can be undone. */
export interface Done {
  message: string;
  undo: number | null;
}

export interface BrowseOptions {
  start: Pick<BrowseState, 'purpose' | 'search' | 'sort' | 'state'>;
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
 * Takes the screen over until somebody leaves or the signal comes. Returns the sessions that were chosen, if that is what
 * it was for. What cannot be reached or read at all is thrown before the screen changes, and what was still being done when
 * somebody left is told after it.
 */
export async function browseSessions(terminal: Terminal, options: BrowseOptions): Promise<Session[] | null> {
  const { source, signal } = options;
  const end = Promise.withResolvers<Session[] | null>();
  const timers: Partial<Record<'list' | 'details' | 'resume', NodeJS.Timeout>> = {};
  const screen = new FullScreen(terminal, () => update({ type: 'tick' }));
  let doing: Promise<Done> | undefined;
  let state = startBrowsing({
    ...options.start,
    toType: source.toType,
    detail: screenSize(terminal).width >= SIDE_BY_SIDE,
  });

  const update = (event: BrowseEvent) => {
    const before = state;
    state = browse(state, event);
    if (state.quit) return end.resolve(state.picked);
    follow(before);
    draw();
  };

  const draw = () => {
    const { width, height } = screenSize(terminal);
    const shown = state.detail && state.details?.session.id === current(state)?.id ? state.details : null;
    const drawn = {
      ...state,
      place: first.place,
      undoes: first.undo,
      current: current(state)?.id,
      marked: new Set(state.marked.keys()),
      page: state.trail.length,
      more: state.nextCursor !== null,
      details: shown,
      height,
    };
    screen.draw(renderBrowse(drawn, { ...options.look(), width }));
  };

  /** Does what a change of the state asks for. */
  const follow = (before: BrowseState) => {
    if (state.request !== before.request) load(state.mode === 'search' ? DEBOUNCE : 0);
    const wanted = state.detail ? current(state)?.id : undefined;
    if (wanted && (!before.detail || before.rows !== state.rows || current(before)?.id !== wanted)) {
      loadDetails(wanted, state.details ? DEBOUNCE : 0);
    }
    if (state.task && state.task !== before.task) {
      doing = source.run(state.task);
      doing
        .then(
          ({ message, undo }) =>
            update({
              type: 'done',
              message: undo === null ? message : `${message} u undoes it.`,
              undo,
              trouble: false,
            }),
          (error: unknown) => update({ type: 'done', message: messageOf(error), undo: null, trouble: true }),
        )
        .finally(() => {
          doing = undefined;
        });
    }
  };

  const load = (pause: number) => {
    clearTimeout(timers.list);
    timers.list = setTimeout(() => {
      const { request } = state;
      source.list(state, pageSize(screenSize(terminal).height)).then(
        (page) => update({ type: 'loaded', request, ...page }),
        (error: unknown) => update({ type: 'failed', request, message: messageOf(error), refused: isRefused(error) }),
      );
    }, pause);
  };

  const loadDetails = (id: string, pause: number) => {
    clearTimeout(timers.details);
    timers.details = setTimeout(() => {
      source.details(id).then(
        (details) => update({ type: 'details', id, details }),
        () => update({ type: 'details', id, details: null }),
      );
    }, pause);
  };

  const press = (key: Key) => {
    if (fits(screenSize(terminal))) update({ type: 'key', key });
    // nobody sees what any other key does
    else if (key === 'interrupt' || (typeof key === 'object' && 'text' in key && key.text === 'q')) leave();
  };

  const leave = () => update({ type: 'key', key: 'interrupt' });
  let release = () => {};
  const open = () => {
    release = readKeys(terminal, { key: press, suspend });
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
    timers.resume = setTimeout(open, SUSPENDING);
  };

  const first = await source.list(state, 1);
  if (state.purpose === 'choose' && first.rows.length === 0)
    throw new TomoError('NOT_FOUND', 'There are no live sessions to revoke.');
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  const ticking = setInterval(() => update({ type: 'tick' }), source.refresh);
  try {
    if (!state.quit) open();
    load(0);
    await end.promise;
  } finally {
    clearInterval(ticking);
    for (const timer of Object.values(timers)) clearTimeout(timer);
    close();
  }
  if (doing) {
    source.leave();
    const { message, undo } = await doing;
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
