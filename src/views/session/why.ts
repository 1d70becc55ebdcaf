import type { Expiry, Outlook, Rule, RuleName, SettingSource } from '../../domain/session/rules.ts';
import type { Explanation, Holder, Restorability } from '../../domain/session/why.ts';
import type { Hint } from '../../domain/session/why-hints.ts';
import { UNDO_PERIOD } from '../../model/revocation.ts';
import { stateWords, type TomoSession } from '../../model/session.ts';
import { shortIds } from '../columns.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { renderTable } from '../table.ts';
import { exactTime, relativeTime } from '../time.ts';
import { wrapped } from '../wrap.ts';

/** One sentence, then every rule, then when it changes and what else to look at. */
export function renderExplanation(why: Explanation, look: Look): string {
  const c = paint(look);
  const sentence = wrapped(verdict(why, look), look.width);
  const hints = why.hints.map((hint) => hintWords(hint, look));
  const requests = why.activity.map(
    ({ at, kind, name, path }) => `${moment(at, look)}  ${printable([kind, name, path].filter(Boolean).join(' '))}`,
  );
  const parts = [
    why.live ? c.green(sentence) : why.state === 'expired' ? c.yellow(sentence) : c.red(sentence),
    ruleTable(why, look),
    list('What next', why.outlook ? outlook(why.outlook, why, look) : undo(why, look), look),
    list('Settings', settings(why.rules, look), look),
    list('Worth a look', hints, look),
    why.state === 'expired' ? list('Latest requests', requests, look) : '',
  ];
  return parts.filter(Boolean).join('\n\n');
}

function list(title: string, lines: readonly string[], look: Look): string {
  if (lines.length === 0) return '';
  return [paint(look).bold(title), ...lines.map((line) => `  ${wrapped(line, look.width - 2, '  ')}`)].join('\n');
}

function moment(at: string, look: Look): string {
  return `${exactTime(at)} (${relativeTime(at, look.now)})`;
}

function verdict(why: Explanation, look: Look): string {
  const { session } = why;
  const [id] = shortIds([session.id]);
  const name = printable(session.username);
  if (why.live) return `Live: the server would accept session ${id} of ${name} now.`;
  return `Dead: ${death(why, look)}`;
}

/** What became of a session that is not live: "expired 3m ago, …", "ann logged out 5m ago." */
export function death({ session, failed, expiry, revocations: [first], rules }: Explanation, look: Look): string {
  const name = printable(session.username);
  if (expiry) return expired(expiry, session, look);
  const ago = session.endedAt ? ` ${relativeTime(session.endedAt, look.now)}` : '';
  const by = byWhom(session.endedBy);
  switch (session.endReason) {
    case 'logout':
      return `${name} logged out${ago}${session.endedBy === session.username ? '' : by}.`;
    case 'evicted':
      return `evicted${ago} by the session limit, to let a newer login of ${name} in.`;
    case 'revoked':
      return `revoked${ago}${by}${first ? `, ${withWhom(first, name)}` : ''}.`;
    default:
  }
  if (failed === 'user-active') return `the user ${name} is not active.`;
  if (first) return `revoked ${relativeTime(first.at, look.now)} by ${printable(first.by)}, ${withWhom(first, name)}.`;
  const epoch = rules.find(({ rule }) => rule === failed);
  return `revoked: its login is older than ${epoch?.rule === 'revoked-user' ? `what is accepted of ${name}` : 'any that is accepted'}, and no revocation on record says why.`;
}

function withWhom({ id, scope, reason }: Holder, name: string): string {
  const whom = { sessions: 'chosen', user: `with all sessions of ${name}`, all: 'with everybody' }[scope];
  return `${whom} (revocation ${id}${reason ? `: "${printable(reason)}"` : ''})`;
}

function expired({ at, rule, minutes: most, lowered, raised }: Expiry, session: TomoSession, look: Look): string {
  const when = at ? ` ${relativeTime(at, look.now)}, at ${exactTime(at)}` : '';
  if (rule === null) return `expired${when}.`;
  const idle = rule === 'idle';
  const setting = idle ? `the ${session.rememberMe ? 'remember-me timeout' : 'timeout'}` : 'the absolute lifetime';
  const since = idle ? session.lastActivityAt : session.createdAt;
  const after = (text: string) => `${text} after ${idle ? 'its last activity' : 'the login'}`;
  const how = lowered
    ? `when ${setting} was lowered to ${minutes(most)}${byWhom(lowered.by)}, ${after(minutesBetween(since, at))}`
    : `${after(minutes(most))}, ${setting}${raised ? ' then' : ''}`;
  const later = raised
    ? ` It was raised ${relativeTime(raised.at, look.now)}${byWhom(raised.by)}, which brings nobody back.`
    : '';
  return `expired${when}, ${how}.${later}`;
}

function byWhom(name: string | null): string {
  return name ? ` by ${printable(name)}` : '';
}

/** "60 min", "8 h", "17 h 3 min", "30 days", "3 days 4 h": as a person would say it. */
function minutes(n: number): string {
  if (n < 120) return `${n} min`;
  const [whole, rest] = n < 2880 ? [60, 1] : [1440, 60];
  const more = Math.floor((n % whole) / rest);
  const [unit, less] = n < 2880 ? ['h', 'min'] : ['days', 'h'];
  return `${Math.floor(n / whole)} ${unit}${more > 0 ? ` ${more} ${less}` : ''}`;
}

function ruleTable({ rules, session, at }: Explanation, look: Look): string {
  const c = paint(look);
  const rows = rules.map((rule) => [
    ruleName(rule, session),
    rule.passed ? 'passed' : 'failed',
    figures(rule, session, at, look),
  ]);
  const columns = [{ title: 'RULE' }, { title: 'RESULT' }, { title: 'FIGURES', shrink: 20 }];
  return renderTable(columns, rows, look, { colour: (line, row) => (rules[row]?.passed ? line : c.red(line)) });
}

function ruleName({ rule }: Rule, session: TomoSession): string {
  const names: Record<RuleName, string> = {
    'not-ended': 'not ended',
    'user-active': 'user is active',
    'revoked-all': 'not revoked with everybody',
    'revoked-user': 'not revoked with the user',
    'revoked-chosen': 'not chosen by a revocation',
    idle: session.rememberMe ? 'within remember-me timeout' : 'within idle timeout',
    'idle-floor': 'also under earlier timeouts',
    lifetime: 'within absolute lifetime',
    'lifetime-floor': 'also under earlier lifetimes',
  };
  return names[rule];
}

function figures(rule: Rule, session: TomoSession, at: string, look: Look): string {
  switch (rule.rule) {
    case 'not-ended':
      return rule.endedAt ? `${stateWords(session.state)} ${relativeTime(rule.endedAt, look.now)}` : 'open';
    case 'user-active':
      return printable(session.username);
    case 'revoked-all':
    case 'revoked-user':
      if (!rule.passed) return 'logged in before that';
      return rule.minimum === 0 ? 'that never was' : 'logged in since, or kept';
    case 'revoked-chosen':
      return rule.passed ? 'not among those chosen' : 'chosen';
    case 'idle':
      return `idle for ${minutesBetween(rule.since, at)} of ${minutes(rule.setting.value)}`;
    case 'lifetime':
      return rule.until
        ? `logged in for ${minutesBetween(rule.since, at)} of ${minutes(rule.setting.value)}`
        : 'there is none';
    case 'idle-floor':
    case 'lifetime-floor': {
      const what = rule.rule === 'idle-floor' ? 'activity' : 'login';
      return rule.floor ? `${what} must be after ${exactTime(rule.floor)}` : 'none since the login';
    }
    default:
      return rule satisfies never;
  }
}

function minutesBetween(since: string, at: string): string {
  return minutes(Math.floor((Date.parse(at) - Date.parse(since)) / 60_000));
}

function outlook(
  { expiresAt, by, extension, touchInterval, latest }: Outlook,
  { session }: Explanation,
  look: Look,
): string[] {
  const throttle = touchInterval > 0 ? ` (written at most every ${touchInterval} s)` : '';
  const dies = `Dies at ${moment(expiresAt, look)} if nothing happens`;
  const end = latest
    ? `, never beyond ${exactTime(latest)}: the absolute lifetime.`
    : '. There is no absolute lifetime.';
  if (by === 'lifetime') return [`Dies at ${moment(expiresAt, look)} whatever happens: the absolute lifetime.`];
  return [
    `${dies}: the ${session.rememberMe ? 'remember-me' : 'idle'} timeout.`,
    `Each request moves that to ${minutes(extension)} after it${throttle}${end}`,
    'Ends at once when it is revoked, or its user deactivated.',
  ];
}

function undo({ state, session, restore, revocations }: Explanation, look: Look): string[] {
  if (restore) return [restoreWords(restore, look), ...revocations.slice(1).map((holder) => alsoBy(holder, look))];
  if (state === 'expired') return ['That does not change any more: the user has to log in again.'];
  if (session.endReason === null) return ['That does not change any more by itself.'];
  return ['That cannot be undone: the user has to log in again.'];
}

function alsoBy({ id, at, by, scope, reason }: Holder, look: Look): string {
  const whom = { sessions: 'chosen', user: 'with all of the user', all: 'with everybody' }[scope];
  return `Revocation ${id} keeps it out, too: ${whom}, by ${printable(by)} ${relativeTime(at, look.now)}${reason ? `, "${printable(reason)}"` : ''}.`;
}

function restoreWords({ possible, revocations, until, obstacle }: Restorability, look: Look): string {
  const commands = revocations.map((id) => `tomo session restore ${id}`).join(' && ') || 'by an admin';
  if (possible) return `Can be undone${until ? ` until ${moment(until, look)}` : ''}: ${commands}`;
  return {
    compromised: 'Cannot be undone: revoked for a compromise (--compromised).',
    'too-old': `Cannot be undone any more: a revocation can be restored for ${UNDO_PERIOD}.`,
    'user-inactive': `Lives again only when the user is activated in Tomo and then: ${commands}`,
    expired: 'Restoring the revocation would not help: it has expired meanwhile.',
  }[obstacle ?? 'expired'];
}

function settings(rules: readonly Rule[], look: Look): string[] {
  return rules.flatMap((rule) => ('setting' in rule ? [settingWords(rule.setting, look)] : []));
}

function settingWords({ key, value, origin, at, by }: SettingSource, look: Look): string {
  const set = at ? `, set ${relativeTime(at, look.now)}${byWhom(by)}` : '';
  const words = key === 'session_max_lifetime' && value === 0 ? 'none' : minutes(value);
  return `${key.padEnd(21)} ${words} (${origin}${set})`;
}

export function hintWords(hint: Hint, look: Look): string {
  switch (hint.kind) {
    case 'environment-differs':
      return `${hint.variable} is ${printable(hint.value)} in this environment; the database decides, and it says ${hint.key} = ${hint.inForce}.`;
    case 'clocks-differ':
      return `The clock of this machine is ${Math.abs(hint.ahead)} s ${hint.ahead > 0 ? 'ahead of' : 'behind'} the database's, which decides. Where the server's is wrong too, it refuses good tokens: check its time synchronisation.`;
    case 'setting-changed':
      return `${hint.key} was changed ${relativeTime(hint.at, look.now)}${byWhom(hint.by)}, while this session lived; a new value holds at once.`;
    case 'activity-not-counted':
      return `${plural(hint.requests, 'request')} came while it was idle, the last one ${moment(hint.last, look)}, and did not count: the server records them without touch_session, or they are polls.`;
    case 'came-back':
      return `${plural(hint.requests, 'request')} came after it had expired, the first one ${moment(hint.first, look)}: the user was idle until then.`;
    default:
      return hint satisfies never;
  }
}
