import { TomoError } from '../../model/errors.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** The id in lower case. Throws INVALID_INPUT naming `field`. */
export function requireUuid(value: string, field: string): string {
  if (!isUuid(value)) throw new TomoError('INVALID_INPUT', `"${value}" is not an id.`, { field });
  return value.toLowerCase();
}
