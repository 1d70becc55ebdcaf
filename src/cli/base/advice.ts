const USER_VERBS = ['disable', 'enable', 'unlock', 'create', 'delete', 'edit'];

/**
 * Of commands that other programs and Tomo's own documentation have and that nothing here can stand for as
 * it is: what to do.
 */
const ADVICE: Readonly<Record<string, string>> = {
  'retention export':
    'tomo activity export, tomo audit export and tomo session list --state all --output ndjson write them out.',
  'retention keep':
    'How long each kind is kept: tomo config set retention_sessions, retention_activity_logs, retention_audit_logs',
  'db optimize':
    'tomo session cleanup vacuums what it has deleted from; tomo doctor says whether something needs a hand.',
  ...Object.fromEntries(
    USER_VERBS.map((verb) => [
      `user ${verb}`,
      "Users are the server's own. To throw one out: tomo session revoke-user NAME",
    ]),
  ),
  ...Object.fromEntries(
    ['lock', 'disable', 'ban'].map((verb) => [
      verb,
      "Users are the server's own. To throw one out: tomo session revoke-user NAME",
    ]),
  ),
  ...Object.fromEntries(
    ['top', 'watch', 'session top', 'session watch'].map((words) => [
      words,
      'As they come and go: tomo session list --watch. What happens, minute by minute: tomo session stats --watch',
    ]),
  ),
  ...Object.fromEntries(
    ['find', 'search', 'session find', 'session search'].map((words) => [
      words,
      'tomo session list --user NAME, or --ip, --device and more; to look around: tomo session browse',
    ]),
  ),
  'session count': 'How many there are: tomo session list --count',
  logs: 'Who has changed what: tomo audit list. What sessions did: tomo activity list',
  log: 'Who has changed what: tomo audit list. What sessions did: tomo activity list',
  'revocation undo': 'tomo session restore NUMBER',
  'revocation restore': 'tomo session restore NUMBER',
  'context current': 'tomo whoami says where you are, tomo context list which contexts there are.',
  upgrade: 'The schema of the database: tomo db migrate. The program: as it was installed, see docs/upgrading.md',
  login:
    'Nobody logs in to tomo: it connects to the database (tomo help environment). As a user of Tomo: put a session token into TOMO_TOKEN.',
  logout: 'To end a session: tomo session revoke <id>. To end your own here: unset TOMO_TOKEN',
};

/** What to do instead of a command that there is not. `flags`: what was typed behind it. */
export function adviceOn(words: readonly string[], flags: readonly string[] = []): string | undefined {
  if (words[0] === 'retention' && words[1] === 'set') return retentionAdvice(flags);
  const typed = [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => Object.hasOwn(ADVICE, name));
  return typed === undefined ? undefined : ADVICE[typed];
}

/** Settings by what Tomo's documentation calls their types. */
const RETENTIONS: readonly [looks: RegExp, key: string][] = [
  [/audit/i, 'retention_audit_logs'],
  [/activ|access|log/i, 'retention_activity_logs'],
  [/session|^$/i, 'retention_sessions'],
];

function retentionAdvice(flags: readonly string[]): string {
  const given = (name: string) => {
    const text = flags.join(' ');
    return new RegExp(`(?:^| )--${name}[ =](\\S+)`).exec(text)?.[1] ?? '';
  };
  const type = given('type');
  const key = RETENTIONS.find(([looks]) => looks.test(type))?.[1];
  const days = /^\d{1,4}$/.test(given('days')) ? given('days') : 'DAYS';
  const others = RETENTIONS.map(([, name]) => name).filter((name) => name !== key);
  if (key === undefined) return `To keep it for so many days: tomo config set KEY ${days}. Keys: ${others.join(', ')}`;
  return `tomo config set ${key} ${days}${type === '' ? `. Also: ${others.join(', ')}` : ''}`;
}
