import { listenForRevocations } from '../../domain/server/listener.ts';
import { type WatchEvent, type WatchedPage, watchPage } from '../../domain/session/watch.ts';
import type { Session, SessionFilter, SessionSort, Timestamp } from '../../model/session.ts';
import type { Standby } from '../../model/standby.ts';
import { printableText } from '../../views/printable.ts';
import { type Mark, renderWatch, type WatchFrame } from '../../views/session/watch.ts';
import type { Look } from '../../views/style.ts';
import { SCHEMA_VERSION_JSON } from '../base/json-version.ts';
import { screenSize, type Terminal, writeOut } from '../base/terminal.ts';
import { FullScreen } from '../output/full-screen.ts';
import { mayPass, type OpenView, Pause } from './open-view.ts';

/** For how many looks a change stays marked. */
const MARKED = 3;

export interface WatchOptions {
  filter: () => SessionFilter;
  page: { sort: SessionSort; limit: number };
  /** Milliseconds between two looks. */
  interval: number;
  signal: AbortSignal;
}

/** A line of the stream of events. The first look is one line of `snapshot` for each session. */
export interface WatchLine {
  event: WatchEvent['event'] | 'snapshot';
  /** When it was noticed, by the clock of this machine. */
  at: Timestamp;
  session: Session;
}

/** Shows what a look has found; `trouble` when it has failed and is tried again. */
export interface Watcher {
  show: (found: WatchedPage & { first: boolean; location: string; standby: Standby | null }) => Promise<void> | void;
  trouble: (message: string) => void;
  end: () => void;
}

/**
 * Looks again and again until the signal, at once when a revocation is reported. After what may
 * pass it tries again, on a new connection where that is lost; every other failure ends it.
 */
export async function watchSessions(view: OpenView, watcher: Watcher, options: WatchOptions): Promise<void> {
  const pause = new Pause();
  let before: Session[] | null = null;
  let listener: { close: () => Promise<void> } | undefined;
  let listening = false;
  try {
    while (!options.signal.aborted) {
      try {
        const page = await view.use(async (db) => {
          // other servers report nothing, and on the embedded database nobody can revoke anything
          // while it is open here
          if (!listening && !db.embedded && db.sessions.server.isTomo) {
            // where nobody can, as on a lone standby, what was revoked is seen at the next look
            listening = true;
            listener = await listenForRevocations(db, { onEnded: () => pause.end() }).catch(() => undefined);
          }
          const found = await watchPage(db, options.filter(), options.page, before);
          return { ...found, location: db.location, standby: db.standby() };
        });
        await watcher.show({ ...page, first: before === null });
        before = page.sessions;
      } catch (error) {
        // at the first look there is nothing to go on with
        if (!mayPass(error) || before === null) throw error;
        await listener?.close();
        listener = undefined;
        listening = false;
        watcher.trouble(error instanceof Error ? error.message : String(error));
      }
      await pause.wait(view.pause(options.interval), options.signal);
    }
  } finally {
    watcher.end();
    await listener?.close();
    await view.close();
  }
}

/** Draws the list on a screen of its own; the last one stays on the terminal. */
export function tableWatcher<N extends string>(
  terminal: Terminal,
  look: () => Look,
  frame: Pick<WatchFrame<N>, 'view' | 'names' | 'title' | 'interval'>,
): Watcher {
  const marks = new Map<string, Mark>();
  let shown: Pick<WatchFrame<N>, 'sessions' | 'more' | 'standby' | 'trouble'> | undefined;
  let drawn: string[] = [];
  const redraw = () => {
    if (!shown) return;
    drawn = renderWatch({ ...frame, ...shown, marks, height: screenSize(terminal).height }, look());
    screen.draw(drawn);
  };
  const screen = new FullScreen(terminal, redraw);
  return {
    show: ({ sessions, more, events, standby }) => {
      for (const [id, mark] of marks) {
        mark.looks -= 1;
        if (mark.looks <= 0) marks.delete(id);
      }
      for (const { event, session } of events) marks.set(session.id, { event, session, looks: MARKED });
      shown = { sessions, more, standby, trouble: null };
      redraw();
    },
    trouble: (message) => {
      if (shown) shown = { ...shown, trouble: `Trying again: ${message}` };
      redraw();
    },
    end: () => {
      screen.close();
      terminal.stdout.write([...drawn, ''].join('\n'));
    },
  };
}

/** Writes every event as a line of JSON. */
export function eventWatcher(
  terminal: Terminal,
  tellStandby: (location: string, standby: Standby | null) => void,
): Watcher {
  const line = (event: WatchLine['event'], session: Session) => {
    const document: WatchLine = { event, at: terminal.now().toISOString(), session };
    return `${printableText(JSON.stringify({ schemaVersion: SCHEMA_VERSION_JSON, ...document }))}\n`;
  };
  return {
    show: async ({ sessions, events, standby, location, first }) => {
      tellStandby(location, standby);
      const lines = first
        ? sessions.map((session) => line('snapshot', session))
        : events.map(({ event, session }) => line(event, session));
      if (lines.length > 0) await writeOut(terminal, lines.join(''));
    },
    trouble: (message) => terminal.stderr.write(`Warning: Trying again: ${printableText(message)}\n`),
    end: () => {},
  };
}
