import type { DeviceDetails } from '../../domain/device/show.ts';
import { renderFacts } from '../facts.ts';
import { renderList } from '../list.ts';
import { beginningOf, printable } from '../printable.ts';
import { SESSION_LIST } from '../session/columns.ts';
import { type Look, paint } from '../style.ts';
import { exactTime, relativeTime } from '../time.ts';
import { clientWords } from './columns.ts';

const LABEL_WIDTH = 13;

/** One device for people, with the live sessions from it. */
export function renderDevice({ device, sessions }: DeviceDetails, look: Look): string {
  const c = paint(look);
  const at = (time: string) => `${exactTime(time)} (${relativeTime(time, look.now)})`;
  const text = (value: string | null) => (value === null ? null : printable(value));
  const facts: [string, string | null][] = [
    ['Device', c.yellow(device.id)],
    ['User', c.bold(printable(device.username))],
    ['Client', printable(clientWords(device))],
    ['Label', text(device.label)],
    ['Form', device.formFactor],
    ['Trusted', device.trusted ? 'yes: nobody is told of logins from it' : 'no'],
    ['Screen', text(device.screen)],
    ['Time zone', text(device.timeZone)],
    ['User agent', device.userAgent ? beginningOf(device.userAgent) : null],
    ['First seen', at(device.firstSeenAt)],
    ['Latest login', at(device.lastSeenAt)],
  ];
  const narrow = { ...look, width: look.width - 2 };
  const part = sessions.length < device.liveSessions ? `, ${sessions.length} of ${device.liveSessions}` : '';
  const open =
    sessions.length === 0
      ? ['Nothing is open on it.']
      : [c.bold(`Open on it${part}`), renderList(sessions, SESSION_LIST, narrow).replaceAll(/^/gm, '  ')];
  return [renderFacts(facts, LABEL_WIDTH, look), '', ...open].join('\n');
}

/** What to do next. */
export function deviceHints({ device, sessions }: DeviceDetails): string {
  const id = device.id.slice(0, 8);
  return sessions.length > 0 ? `To end what is open on it: tomo device revoke ${id}` : '';
}
