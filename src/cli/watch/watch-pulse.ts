import { type Pulse, PulseReader } from '../../domain/report/pulse.ts';
import { invalidInput } from '../../model/errors.ts';
import type { Place } from '../../views/place.ts';
import { renderPulse } from '../../views/session/pulse.ts';
import type { Look } from '../../views/style.ts';
import { canDraw, screenSize, type Terminal } from '../base/terminal.ts';
import { FullScreen } from '../output/full-screen.ts';
import { mayPass, type OpenView, Pause, restAfter } from './open-view.ts';

export interface PulseOptions {
  /** Of the command: "status --watch". */
  title: string;
  /** Milliseconds between two looks. */
  interval: number;
  look: () => Look;
  /** Throws for whoever may not see what everybody does. */
  allow: () => Promise<void>;
  signal: AbortSignal;
}

/** Refuses where nothing can be drawn, and what goes with other output. */
export function requireDrawing(terminal: Terminal, json: boolean, instead: string): void {
  if (canDraw(terminal) && !json) return;
  throw invalidInput('--watch draws on a terminal, and nothing else.', `For a program: ${instead}`);
}

/**
 * Looks again and again until the signal, and draws what happens minute by minute. After what may pass it tries again,
 * on a new connection where that is lost; every other failure ends it. The last picture stays on the terminal.
 */
export async function watchPulse(terminal: Terminal, view: OpenView, options: PulseOptions): Promise<void> {
  const { title, signal, look, allow } = options;
  const pause = new Pause();
  const reader = new PulseReader();
  const least = view.pause(options.interval);
  let interval = least;
  let shown: { pulse: Pulse; place: Place } | undefined;
  let trouble: string | null = null;
  let drawn: string[] = [];
  const redraw = () => {
    if (!shown) return;
    const { width, height } = screenSize(terminal);
    drawn = renderPulse({ ...shown, title, interval, trouble, height }, { ...look(), width });
    screen.draw(drawn);
  };
  const screen = new FullScreen(terminal, redraw);
  try {
    while (!signal.aborted) {
      try {
        shown = await view.use(async (db) => {
          await allow();
          const begun = performance.now();
          const pulse = await reader.look(db);
          if (!pulse.logins) throw elsewhere(db.sessions.server.title);
          // the first one has an hour to read
          if (shown) interval = Math.max(least, restAfter(performance.now() - begun));
          return { pulse, place: { ...db, standby: db.standby() } };
        });
        trouble = null;
      } catch (error) {
        // at the first look there is nothing to go on with
        if (!mayPass(error) || !shown) throw error;
        trouble = `Trying again: ${error instanceof Error ? error.message : String(error)}`;
      }
      redraw();
      await pause.wait(interval, signal);
    }
  } finally {
    screen.close();
    terminal.stdout.write(drawn.length > 0 ? [...drawn, ''].join('\n') : '');
    await view.close();
  }
}

function elsewhere(title: string) {
  return invalidInput(
    `--watch counts logins minute by minute, and ${title} does not keep when a session began.`,
    'Who comes and goes there: tomo session list --watch. How things stand: tomo session stats',
  );
}
