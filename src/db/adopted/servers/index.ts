import { invalidField, TomoError } from '../../../model/errors.ts';
import type { ServerDescription } from '../../../model/server.ts';
import { KNOWN_SERVERS } from './known.ts';
import { REFUSED_SERVERS } from './refused.ts';

export { KNOWN_SERVERS, REFUSED_SERVERS };

/** The description with this name. Throws INVALID_INPUT, for a server that is left alone with what does it right. */
export async function findDescription(name: string): Promise<ServerDescription> {
  const known = KNOWN_SERVERS.find((server) => server.name === name.toLowerCase());
  if (known) return known;
  const refused = REFUSED_SERVERS.find((server) => server.name === name.toLowerCase());
  if (refused) {
    throw new TomoError('INVALID_INPUT', `The sessions of ${refused.title} are not administered here. ${refused.why}`, {
      hint: `What does it right: ${refused.instead}`,
      details: { server: refused.name, instead: refused.instead },
    });
  }
  throw invalidField(
    'server',
    `There is no server "${name}".`,
    `There are: ${KNOWN_SERVERS.map((server) => server.name).join(', ')}; and a description of your own, by its path.`,
  );
}
