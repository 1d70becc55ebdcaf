import schema from '../../../schemas/server.schema.json' with { type: 'json' };
import { KNOWN_SERVERS } from '../../db/adopted/servers/index.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type {
  ChangedDescription,
  DescriptionFile,
  Moment,
  ServerDescription,
  WholeDescription,
} from '../../model/server.ts';
import { readPlainFile } from '../file/plain-file.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { firstProblem, type Schema } from './schema-check.ts';

const DEFS: Readonly<Record<string, Schema>> = schema.$defs;

/**
 * The description in a file. Others must not be able to change it: what it says is done to a database with the rights
 * of whoever names it. Throws INVALID_INPUT with the place in it that is wrong.
 */
export function readDescription(path: string): ServerDescription {
  const { bytes } = readPlainFile(path, 'description', {
    megabytes: 1,
    check({ mode, uid }) {
      if (process.platform === 'win32') return;
      if ((mode & 0o022) !== 0) {
        throw invalidInput(`The description file ${path} can be changed by other users.`, `chmod go-w ${path}`);
      }
      if (![0, process.geteuid?.() ?? uid].includes(uid)) {
        throw invalidInput(
          `The description file ${path} belongs to another user.`,
          `If it is right: chown root ${path}`,
        );
      }
    },
  });
  let said: unknown;
  try {
    said = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new TomoError('INVALID_INPUT', `The description file ${path} is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  return describe(said, (at, why, hint) =>
    invalidInput(`The description file ${path}: ${at === '' ? 'it' : at} ${why}.`, hint),
  );
}

type Wrong = (at: string, why: string, hint?: string) => TomoError;

function describe(said: unknown, wrong: Wrong): ServerDescription {
  const isChange = typeof said === 'object' && said !== null && 'extends' in said;
  const kind = isChange ? 'ChangedDescription' : 'WholeDescription';
  const problem = firstProblem(said, { $ref: `#/$defs/${kind}` }, DEFS);
  if (problem) {
    const { at, why, key, keys = [] } = problem;
    const near = key === undefined ? undefined : didYouMean(key, keys);
    throw wrong(at, why, near ?? (keys.length > 0 ? `The keys there are: ${keys.join(', ')}.` : undefined));
  }
  const file = said as DescriptionFile;
  const { $schema: _, ...description }: WholeDescription = 'extends' in file ? changed(file, wrong) : file;
  checkMeaning(description, wrong);
  return description;
}

function changed({ extends: name, without = [], ...changes }: ChangedDescription, wrong: Wrong): ServerDescription {
  const known = KNOWN_SERVERS.find((server) => server.name === name);
  if (!known) {
    const names = KNOWN_SERVERS.map((server) => server.name);
    throw wrong(
      'extends',
      `names no known server: "${name}"`,
      didYouMean(name, names) ?? `There are: ${names.join(', ')}.`,
    );
  }
  const kept = Object.entries(known).filter(([key]) => !(without as readonly string[]).includes(key));
  const base = Object.fromEntries(kept) as unknown as ServerDescription;
  return {
    ...base,
    ...changes,
    user: { ...base.user, ...changes.user },
    revoke: { ...base.revoke, ...changes.revoke },
    ...(base.options || changes.options ? { options: { ...base.options, ...changes.options } } : {}),
  };
}

/** What a schema cannot say: that what is named is there, and that nothing is reckoned from itself. */
function checkMeaning(description: ServerDescription, wrong: Wrong): void {
  const { user, revoke, options = {} } = description;
  for (const key of ['created', 'active', 'expires'] as const) {
    checkMoment(description[key], key, [key]);
  }
  if (user.decode && user.places) throw wrong('user', 'has both "places" and "decode"');
  const written = Object.keys(revoke.set ?? {});
  const undone = Object.keys(revoke.unset ?? {});
  if (revoke.unset && undone.toSorted().join() !== written.toSorted().join()) {
    throw wrong('revoke.unset', 'does not name the columns that "set" names');
  }
  if (written.length === 0 && revoke.set !== null)
    throw wrong('revoke.set', 'sets nothing', 'Null: the rows are deleted.');

  function checkMoment(moment: Moment | undefined, at: string, from: readonly string[]): void {
    if (!moment) return;
    if ('earliest' in moment) {
      for (const [i, one] of moment.earliest.entries()) checkMoment(one, `${at}.earliest[${i}]`, from);
      return;
    }
    const span = 'minus' in moment ? moment.minus : 'plus' in moment ? moment.plus : moment.every;
    if (typeof span === 'object' && 'option' in span && options[span.option]?.kind !== 'duration') {
      throw wrong(at, `goes by the option "${span.option}", which is no duration under "options"`);
    }
    if (!('from' in moment)) return;
    if (from.includes(moment.from)) throw wrong(at, 'is reckoned from itself');
    if (!description[moment.from]) throw wrong(at, `is reckoned from "${moment.from}", which is not there`);
    checkMoment(description[moment.from], moment.from, [...from, moment.from]);
  }
}
