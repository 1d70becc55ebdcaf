/** Of flags that other programs and Tomo's own documentation have and nothing here stands for: what there is. */
const ADVICE: Readonly<Record<string, string>> = {
  '--verbose': 'No command has more to say. Less: --quiet. Where an error happened: DEBUG=tomo in the environment.',
  '--config':
    'Which database: --database or --context. The config file is that of XDG_CONFIG_HOME; the one of the machine names TOMO_SYSTEM_CONFIG.',
};
const OF_TIMES = { '--not-since': 'Its opposite is --until.', '--not-until': 'Its opposite is --since.' };
const OF_COMMAND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'session:list': { ...OF_TIMES, '--not-state': 'Whoever is out, in whatever way: --state ended. All: --state all' },
  'session:revoke': OF_TIMES,
  'activity:list': OF_TIMES,
  'activity:export': OF_TIMES,
  'alert:list': OF_TIMES,
  'audit:list': OF_TIMES,
  'audit:export': OF_TIMES,
  'revocation:list': OF_TIMES,
  'user:list': { '--status': 'Who may log in and who may not: --active, --inactive' },
};

/** What to do instead of a flag that there is not. */
export function adviceOnFlag(flag: string, id = ''): string | undefined {
  const [typed = ''] = flag.split('=');
  const name = typed === '-v' ? '--verbose' : typed;
  const found = [OF_COMMAND[id] ?? {}, ADVICE].find((advice) => Object.hasOwn(advice, name));
  return found?.[name];
}
