import type { Key as InkKey, Instance } from 'ink';
import type { SessionDetails } from '../../domain/session/show.ts';
import type { Session } from '../../model/session.ts';
import { pageSize, renderBrowse } from '../../views/session/browse.ts';
import type { Look } from '../../views/style.ts';
import type { Terminal } from '../base/terminal.ts';
import { type BrowseState, browse, chosen, type Key } from './state.ts';

/** Where the screen has its sessions from and what it can do to them. Messages come printable. */
export interface BrowseSource {
  list: (state: BrowseState, limit: number) => Promise<{ rows: Session[]; nextCursor: string | null }>;
  details: (id: string) => Promise<SessionDetails | null>;
  /** Does what was asked for; throws what people are told. */
  run: (task: NonNullable<BrowseState['task']>) => Promise<{ message: string; undo: number | null }>;
}

/** Time in which a further key takes the place of the one before; milliseconds. */
const DEBOUNCE = 120;

/** Takes the screen over until somebody leaves. Ink is loaded here, as a module of its own kind that nothing else needs. */
export async function openBrowser(
  terminal: Terminal,
  { start, source, look, refresh }: { start: BrowseState; source: BrowseSource; look: () => Look; refresh: number },
): Promise<Instance> {
  const { render, Text, useApp, useInput, useWindowSize } = await import('ink');
  const { createElement, useEffect, useReducer, useState } = await import('react');

  function Browse() {
    const [state, dispatch] = useReducer(browse, start);
    const [details, setDetails] = useState<SessionDetails | null>(null);
    const { columns: width, rows: height } = useWindowSize();
    const { exit } = useApp();
    const limit = pageSize(width, height, state.detail);
    const current = state.rows[state.cursor]?.id;

    useInput((input, key) => {
      for (const pressed of keysOf(input, key)) dispatch({ type: 'key', key: pressed });
    });

    useEffect(() => {
      const { request } = state;
      const timer = setTimeout(
        () =>
          void source.list(state, limit).then(
            (page) => dispatch({ type: 'loaded', request, ...page }),
            (error: unknown) => dispatch({ type: 'failed', request, message: messageOf(error) }),
          ),
        state.mode === 'search' ? DEBOUNCE : 0,
      );
      return () => clearTimeout(timer);
    }, [state.request, limit]);

    useEffect(() => {
      if (!state.detail || current === undefined) return setDetails(null);
      let stale = false;
      const timer = setTimeout(
        () =>
          void source.details(current).then(
            (found) => stale || setDetails(found),
            () => stale || setDetails(null),
          ),
        details ? DEBOUNCE : 0,
      );
      return () => {
        stale = true;
        clearTimeout(timer);
      };
      // and again with every look at the list
    }, [current, state.detail, state.rows]);

    useEffect(() => {
      if (!state.task) return;
      void source.run(state.task).then(
        (done) => dispatch({ type: 'done', ...done, trouble: false }),
        (error: unknown) => dispatch({ type: 'done', message: messageOf(error), undo: null, trouble: true }),
      );
    }, [state.task]);

    useEffect(() => {
      const timer = setInterval(() => dispatch({ type: 'tick' }), refresh);
      return () => clearInterval(timer);
    }, [refresh]);

    useEffect(() => {
      if (state.quit) exit();
    }, [state.quit]);

    const shown = details && details.session.id === current ? details : null;
    const screen = {
      ...state,
      marked: new Set(state.marked.keys()),
      page: state.trail.length,
      more: state.nextCursor !== null,
      details: state.detail ? shown : null,
      chosen: chosen(state),
      height,
    };
    return createElement(Text, { wrap: 'truncate' }, renderBrowse(screen, { ...look(), width }).join('\n'));
  }

  return render(createElement(Browse), {
    stdout: terminal.stdout as NodeJS.WriteStream,
    stdin: terminal.stdin as NodeJS.ReadStream,
    alternateScreen: true,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
}

/** Keys that are typed quickly arrive together. */
function keysOf(input: string, key: InkKey): Key[] {
  if (key.ctrl && (input === 'c' || input === 'd')) return ['interrupt'];
  if (key.upArrow) return ['up'];
  if (key.downArrow) return ['down'];
  if (key.pageUp) return ['pageUp'];
  if (key.pageDown) return ['pageDown'];
  if (key.home) return ['home'];
  if (key.return) return ['enter'];
  if (key.escape) return ['escape'];
  if (key.backspace || key.delete) return ['backspace'];
  if (key.tab) return ['tab'];
  return key.ctrl || key.meta ? [] : [...input].map((character) => CONTROLS[character] ?? { text: character });
}

const CONTROLS: Record<string, Key> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'interrupt',
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
