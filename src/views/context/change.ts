import type { ListedContext } from '../../model/context.ts';
import { printable } from '../printable.ts';

export const PASSWORD_ON_THE_LINE =
  'A password stands in the URL: on the command line other users of this machine see it, and the shell keeps it. Better in ~/.pgpass, or in a service of ~/.pg_service.conf: --database postgres:///?service=NAME';

/** What a context is, in one line. */
function described({ name, database, server, production }: ListedContext): string {
  const facts = [server ? `server ${server}` : '', production ? 'production' : ''].filter(Boolean);
  return printable(`${name}: ${[database, ...facts].join(', ')}`);
}

export function renderAdded(context: ListedContext, replaced: boolean): string {
  return `${replaced ? 'Replaced' : 'Added'} context ${described(context)}`;
}

export function renderRemoved(context: ListedContext): string {
  const now = context.current ? '\nNo context is current any more.' : '';
  return `Removed context ${described(context)}${now}`;
}
