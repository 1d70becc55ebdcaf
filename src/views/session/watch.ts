import type { WatchEvent } from '../../domain/session/watch.ts';
import type { Session } from '../../model/session.ts';
import type { Standby } from '../../model/standby.ts';
import type { ListView } from '../columns.ts';
import { renderList } from '../list.ts';
import { grouped, plural } from '../number.ts';
import { printable } from '../printable.ts';
import { standbyNote } from '../standby.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { fitted } from '../text-width.ts';

/** A session that something has just happened to, and for how many more looks that is shown. */
export interface Mark {
  event: WatchEvent['event'];
  session: Session;
  looks: number;
}

const SIGNS: Record<WatchEvent['event'], string> = {
  started: '+',
  ended: '-',
  deleted: '-',
  changed: '~',
  entered: ' ',
  left: ' ',
};

/** What a watched list looks like now, as lines that fit the terminal. */
export interface WatchFrame<N extends string> {
  sessions: readonly Session[];
  more: boolean;
  marks: ReadonlyMap<string, Mark>;
  view: ListView<Session, N>;
  names: readonly N[] | undefined;
  /** Of the command, without its flags for the output: "session list --user bob". */
  title: string;
  /** Milliseconds. */
  interval: number;
  /** Of the server, if it is one. */
  standby: Standby | null;
  /** What went wrong at the last look. */
  trouble: string | null;
  height: number;
}

export function renderWatch<N extends string>(frame: WatchFrame<N>, look: Look): string[] {
  const c = paint(look);
  const rows = withEnded(frame);
  const room = Math.max(1, frame.height - 4);
  const shown = rows.slice(0, room);
  const time = look.now.toTimeString().slice(0, 8);
  const count = `${plural(frame.sessions.length, 'session')}${frame.more ? ' and more' : ''}`;
  const place = frame.standby ? `  (${standbyNote(frame.standby)})` : '';
  const heading = `${time}  ${count}${place}  tomo ${printable(frame.title)}`;
  const [titles = '', ...lines] =
    shown.length > 0
      ? renderList(shown, frame.view, { ...look, width: look.width - 2 }, { names: frame.names }).split('\n')
      : [''];
  const body = lines.map((line, i) => marked(line, frame.marks.get(shown[i]?.id ?? ''), look));
  const hidden = rows.length - shown.length;
  const rest = hidden > 0 ? `${ellipsis(look)} and ${grouped(hidden)} more below; a taller terminal shows them` : '';
  const footer = `every ${frame.interval / 1000} s   + new   - ended   ~ active   Ctrl-C ends`;
  return [
    frame.trouble ? c.red(fitted(printable(frame.trouble), look)) : c.bold(fitted(heading, look)),
    shown.length > 0 ? `  ${titles}` : '  Nothing matches now.',
    ...body,
    ...(rest ? [c.dim(fitted(rest, look))] : []),
    c.dim(fitted(footer, look)),
  ];
}

/** The page, with those that have just ended where they were. */
function withEnded<N extends string>({ sessions, marks }: WatchFrame<N>): Session[] {
  const here = new Set(sessions.map(({ id }) => id));
  const ended = [...marks.values()].filter(
    ({ event, session }) => (event === 'ended' || event === 'deleted') && !here.has(session.id),
  );
  return [...ended.map(({ session }) => session), ...sessions];
}

function marked(line: string, mark: Mark | undefined, look: Look): string {
  const c = paint(look);
  if (!mark || SIGNS[mark.event] === ' ') return `  ${line}`;
  const text = `${SIGNS[mark.event]} ${line}`;
  switch (mark.event) {
    case 'started':
      return c.green(text);
    case 'changed':
      return c.cyan(text.slice(0, 2)) + line;
    default:
      return c.red(text);
  }
}
