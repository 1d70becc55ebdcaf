import type { ServerFacts } from '../../model/server.ts';

/** That something is what another server keeps by itself. `what`: the words of a command, "devices". */
export function keptByItself(what: string, { title }: Pick<ServerFacts, 'title'>): string {
  const verb = /^(devices|alerts|revocations)$/.test(what) ? 'are' : 'is';
  return `${what} ${verb} about what ${title} keeps by itself, if at all: tomo only administers its sessions.`;
}
