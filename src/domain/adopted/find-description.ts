import type { ServerDescription } from '../../model/server.ts';

/** Whether a server is named by the path of its description. */
export function isPath(name: string): boolean {
  return name.includes('/') || name.endsWith('.json');
}

/**
 * The description of a server, by its name or its path. What there is is loaded where it is asked for.
 * Throws INVALID_INPUT.
 */
export async function findDescription(name: string): Promise<ServerDescription> {
  if (isPath(name)) return (await import('./description-file.ts')).readDescription(name);
  return (await import('../../db/adopted/servers/index.ts')).findDescription(name);
}
