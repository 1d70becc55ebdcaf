const LISTS = ['activity', 'alert', 'alias', 'audit', 'context', 'device', 'revocation', 'server', 'session', 'user'];

/** What other programs and Tomo's own documentation call commands of ours, with the words that stand for it here. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  ls: ['session', 'list'],
  rm: ['session', 'revoke'],
  version: ['--version'],
  '--help': ['help'],
  '-h': ['help'],
  ...Object.fromEntries(LISTS.map((topic) => [`${topic} ls`, [topic, 'list']])),
  'session rm': ['session', 'revoke'],
  'device rm': ['device', 'forget'],
  'context rm': ['context', 'remove'],
  'alias rm': ['alias', 'remove'],
  'config ls': ['config', 'show'],
  'retention cleanup': ['session', 'cleanup'],
  'retention show': ['config', 'show'],
  'retention status': ['config', 'show'],
  'db check': ['doctor'],
  'config validate': ['doctor'],
  'config test-db': ['db', 'status'],
};

/** The arguments as tomo has them. What it does not know it leaves alone. */
export function spelled(argv: readonly string[]): string[] {
  for (const words of [2, 1]) {
    const typed = argv.slice(0, words).join(' ');
    if (argv.length >= words && Object.hasOwn(SPELLINGS, typed))
      return [...(SPELLINGS[typed] ?? []), ...argv.slice(words)];
  }
  return [...argv];
}
