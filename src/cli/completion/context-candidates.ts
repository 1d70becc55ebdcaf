import type { Candidate } from '../../domain/list/completion.ts';
import { readConfig } from '../connect/config-file.ts';
import { serviceContexts, shownContext } from '../connect/contexts.ts';

/** The contexts that begin like this, and the services that can be used as one. */
export function contextCandidates(start: string, env: NodeJS.ProcessEnv): Candidate[] {
  const { contexts = {} } = readConfig(env);
  const own = Object.entries(contexts).map(([name, entry]) => {
    const { database } = shownContext(name, entry, { file: '', current: false });
    return { value: name, about: database };
  });
  const services = [...serviceContexts(contexts, env)].map(([value, file]) => ({ value, about: `service of ${file}` }));
  return [...own, ...services].filter(({ value }) => value.startsWith(start));
}
