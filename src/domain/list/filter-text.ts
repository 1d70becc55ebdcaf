import { TomoError } from '../../model/errors.ts';

/** The text of a field. Throws INVALID_INPUT for one without a word. */
export function notEmpty(text: string, field: string): string {
  if (text.trim() === '') throw new TomoError('INVALID_INPUT', 'it is empty.', { field });
  return text;
}

/** Names of users. Throws INVALID_INPUT for an empty one. */
export function userNames(names: string[] | undefined): string[] | undefined {
  return names?.map((name) => notEmpty(name, 'user'));
}
