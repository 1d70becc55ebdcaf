import { type ErrorCode, type Outcome, TomoError } from '../../model/errors.ts';
import { besideDenied, readOnly } from './sqlite-file.ts';

/** https://www.sqlite.org/rescode.html: the primary codes, which are the low 8 bits of what an error has. */
const CODE = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  authorization: 23,
  notDatabase: 26,
} as const;
/** No journal can be made. */
const READ_ONLY_DIRECTORY = 1544;
/** A journal is there of a program that died while it wrote. */
const READ_ONLY_ROLLBACK = 776;

/** The primary code of an error of SQLite; undefined: it is another one. */
function primaryOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}

/** Another connection holds what this one needs; the same can be asked again. */
export function isBusy(error: unknown): boolean {
  return primaryOf(error) === CODE.busy;
}

export function cannotOpen(error: unknown): boolean {
  return primaryOf(error) === CODE.cannotOpen;
}

/**
 * What an error is to our callers, as `translateError` does it for PostgreSQL; one that means a bug is
 * returned as it is.
 */
export function translateSqlite(error: unknown, file: string, outcome?: Outcome): unknown {
  const primary = primaryOf(error);
  if (primary === undefined || error instanceof TomoError || !(error instanceof Error)) return error;
  const text = error.message.replace(/\.$/, '');
  const exact = 'errcode' in error ? error.errcode : primary;
  if (primary === CODE.cannotOpen || exact === READ_ONLY_DIRECTORY) return besideDenied(file, error);
  if (exact !== READ_ONLY_ROLLBACK && primary === CODE.readOnly) return readOnly(file, error);
  const known = exact === READ_ONLY_ROLLBACK ? unfinishedWrite(file) : meaningOf(primary, text, file);
  return known ? new TomoError(known[0], known[1], { hint: known[2], outcome, cause: error }) : error;
}

type Meaning = [ErrorCode, message: string, hint?: string];

function meaningOf(primary: number, text: string, file: string): Meaning | undefined {
  const database = `The SQLite database ${file}`;
  switch (primary) {
    case CODE.busy:
    case CODE.locked:
      return [
        'DATABASE_BUSY',
        `Another program holds the SQLite database ${file}.`,
        'Try again. If it stays, look for a program that has not ended its transaction.',
      ];
    case CODE.permission:
    case CODE.authorization:
      return ['PERMISSION_DENIED', `${database} refused this: ${text}.`];
    case CODE.notDatabase:
      return ['DATABASE_UNREACHABLE', `${file} is not a SQLite database, or it is encrypted.`, 'Check the path.'];
    case CODE.corrupt:
      return [
        'DATABASE_UNUSABLE',
        `${database} is damaged: ${text}.`,
        'It may have been copied while its server wrote. The statement "pragma integrity_check" says what is wrong with it.',
      ];
    case CODE.full:
      return ['DATABASE_UNUSABLE', `There is no room left for ${file}: ${text}.`];
    case CODE.inputOutput:
      return [
        'DATABASE_UNUSABLE',
        `${database} cannot be read or written: ${text}.`,
        'The log of the system says more.',
      ];
    case CODE.constraint:
      return ['INVALID_INPUT', `${database} refused a value: ${text}. Nothing was changed.`];
    case CODE.tooBig:
    case CODE.mismatch:
      return ['INVALID_INPUT', `${database} cannot take a value: ${text}.`];
    case CODE.error:
      // anything else of this code is a statement that is wrong by itself
      return /^(no such (table|column|function|index|module|collation)|cannot modify)\b/.test(text)
        ? ['DATABASE_UNUSABLE', `${database} is not as expected: ${text}.`, 'Check that it is the right file.']
        : undefined;
    default:
      return undefined;
  }
}

function unfinishedWrite(file: string): Meaning {
  return [
    'DATABASE_UNUSABLE',
    `A program died while it wrote to ${file}, and a look cannot put that right.`,
    'Start its server: the first program that writes rolls it back.',
  ];
}
