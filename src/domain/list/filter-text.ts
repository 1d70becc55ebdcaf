import { TomoError } from '../../model/errors.ts';
import { parseNetwork } from '../text/network.ts';

/** The text of a field. Throws INVALID_INPUT for one without a word. */
export function notEmpty(text: string, field: string): string {
  if (text.trim() === '') throw new TomoError('INVALID_INPUT', 'it is empty.', { field });
  return text;
}

/** Names of users. Throws INVALID_INPUT for an empty one. */
export function userNames(names: string[] | undefined): string[] | undefined {
  return names?.map((name) => notEmpty(name, 'user'));
}

/** An address or network as PostgreSQL reads it. Throws INVALID_INPUT for a text that is neither. */
export function checkNetwork(text: string): string {
  const network = parseNetwork(text);
  if (!network) {
    throw new TomoError('INVALID_INPUT', `"${text}" is neither an address nor a network.`, {
      field: 'ip',
      hint: 'Write 203.0.113.7, 203.0.113.0/24, 2001:db8::1 or 2001:db8::/32.',
    });
  }
  return text.includes('/') ? `${network.address}/${network.length}` : network.address;
}
