import { nearest } from '../../domain/text/did-you-mean.ts';
import type { Changes } from './base-command.ts';

/** What other programs call a verb, at the top level and inside of every topic. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  ls: ['list'],
  w: ['list'],
  who: ['list'],
  get: ['show'],
  cat: ['show'],
  info: ['show'],
  kill: ['revoke'],
  kick: ['revoke'],
  logout: ['revoke'],
  rm: ['forget', 'remove', 'revoke'],
  remove: ['forget', 'revoke'],
  delete: ['forget', 'remove', 'revoke'],
  undo: ['restore', 'unack'],
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
 * The command, or else the topic, that was probably meant by these words; undefined: nothing is near. Of what is near the
 * mildest: who has mistyped something harmless is not led to what ends sessions.
 */
export function suggestion(words: readonly string[], { commands, topics }: Names): string | undefined {
  const [first = '', second] = words;
  const [topic] = topics.includes(first) ? [first] : nearest(first, topics);
  const verb = topic === undefined ? first : second;
  if (verb === undefined) return topic;
  const verbs = Object.hasOwn(ELSEWHERE, verb) ? ELSEWHERE[verb] : undefined;
  const mildest = (names: readonly string[]) =>
    HARM.flatMap((harm) => names.filter((name) => commands.some((c) => c.name === name && c.changes === harm)))[0];
  /** Last words of these commands that are the verb, else that are near. */
  const among = (place: string) => {
    const named = commands
      .map(({ name }) => name)
      .filter((name) => name.startsWith(place) || (topic === undefined && !name.includes(' ')));
    const inside = new Map(named.map((name) => [name.slice(name.indexOf(' ') + 1), name]));
    const exact = (verbs ?? [verb]).filter((word) => inside.has(word));
    const near = exact.length > 0 || verbs ? exact : nearest(verb, [...inside.keys()]);
    return mildest(near.flatMap((word) => inside.get(word) ?? []));
  };
  if (topic === undefined) return among(`${USUAL_TOPIC} `);
  const elsewhere = mildest(commands.flatMap(({ name }) => (name.split(' ')[1] === verb ? [name] : [])));
  return among(`${topic} `) ?? elsewhere ?? topic;
}
