import { nearest } from '../../domain/text/did-you-mean.ts';
import type { Changes } from './base-command.ts';

/** What other programs call a verb, at the top level and inside of every topic. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  ls: ['list', 'show'],
  list: ['show'],
  ps: ['list'],
  w: ['list'],
  who: ['list'],
  log: ['list'],
  history: ['list'],
  get: ['show'],
  cat: ['show'],
  info: ['show'],
  view: ['show'],
  describe: ['show'],
  inspect: ['show'],
  kill: ['revoke'],
  kick: ['revoke'],
  stop: ['revoke'],
  logout: ['revoke'],
  rm: ['forget', 'remove', 'revoke'],
  remove: ['forget', 'revoke'],
  delete: ['forget', 'remove', 'revoke', 'reset'],
  unset: ['reset'],
  undo: ['restore', 'unack'],
  rollback: ['restore'],
  prune: ['cleanup'],
  clean: ['cleanup'],
  gc: ['cleanup'],
};

/** What somebody means who names no topic. */
const USUAL_TOPIC = 'session';

/** From the mildest to the worst. */
const HARM: readonly Changes[] = [false, true, 'ends', 'ends-all'];

/** What there is to be named: commands as "session revoke". */
interface Names {
  commands: readonly { name: string; changes: Changes }[];
  topics: readonly string[];
}

/**
 * The command, or else the topic, that was probably meant by these words; undefined: nothing is near. Of what is near
 * the mildest: who has mistyped something harmless is not led to what ends sessions.
 */
export function suggestion(words: readonly string[], { commands, topics }: Names): string | undefined {
  const [first = '', second = ''] = words;
  const named = (word: string) => topics.find((topic) => word === topic || word === `${topic}s`);
  const noun = named(first) ? undefined : named(second);
  // as kubectl has it: of several things a list
  if (noun) return suggestion([noun, first === 'get' && second !== noun ? 'list' : first], { commands, topics });
  const verbOf = (name: string) => name.split(' ')[1];
  const isVerb = Object.hasOwn(ELSEWHERE, first) || commands.some(({ name }) => verbOf(name) === first);
  const topic = named(first) ?? (isVerb ? undefined : nearest(first, topics)[0]);
  const verb = topic === undefined ? first : second;
  if (verb === '') return topic;
  const verbs = Object.hasOwn(ELSEWHERE, verb) ? ELSEWHERE[verb] : undefined;
  const mildest = (names: readonly string[]) =>
    HARM.flatMap((harm) => names.filter((name) => commands.some((c) => c.name === name && c.changes === harm)))[0];
  /** Last words of these commands that are the verb, else that are near. */
  const among = (place: string) => {
    const there = commands
      .map(({ name }) => name)
      .filter((name) => name.startsWith(place) || (topic === undefined && !name.includes(' ')));
    const inside = new Map(there.map((name) => [name.slice(name.indexOf(' ') + 1), name]));
    const exact = [verb, ...(verbs ?? [])].filter((word) => inside.has(word));
    const near = exact.length > 0 || verbs ? exact : nearest(verb, [...inside.keys()]);
    return mildest(near.flatMap((word) => inside.get(word) ?? []));
  };
  const elsewhere = () =>
    mildest([`${USUAL_TOPIC} ${verb}`, ...commands.flatMap(({ name }) => (verbOf(name) === verb ? [name] : []))]);
  if (topic === undefined) {
    const exact = isVerb && !verbs && !commands.some(({ name }) => name === `${USUAL_TOPIC} ${verb}`);
    return exact ? elsewhere() : among(`${USUAL_TOPIC} `);
  }
  return among(`${topic} `) ?? elsewhere() ?? topic;
}
