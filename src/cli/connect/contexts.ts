import { listServices } from '../../db/port/service-file.ts';
import { withoutSecrets } from '../../db/port/url-text.ts';
import { didYouMean } from '../../domain/text/did-you-mean.ts';
import type { ListedContext } from '../../model/context.ts';
import { invalidInput } from '../../model/errors.ts';

/** A database and its server by a name, as the config file has it. */
export interface ContextEntry {
  /** What --database takes. */
  database: string;
  /** What --server takes. */
  server?: string;
  /** Questions about a change want the name typed. */
  production?: boolean;
}

const CONTEXT_NAME = /^[A-Za-z][\w.-]{0,62}$/;

/** Throws INVALID_INPUT. `origin`: where the name stands. */
export function checkContextName(name: string, origin: string): void {
  if (CONTEXT_NAME.test(name)) return;
  throw invalidInput(
    `${origin}: "${name}" is not a name for a context.`,
    'A name begins with a letter and has letters, digits, dots, dashes and underscores, at most 63.',
  );
}

/**
 * The context of this name, or else the service of pg_service.conf, which needs no entry. `origin`: where the name
 * stands. Throws INVALID_INPUT.
 */
export function findContext(
  name: string,
  origin: string,
  contexts: Readonly<Record<string, ContextEntry>>,
  env: NodeJS.ProcessEnv,
): ContextEntry {
  checkContextName(name, origin);
  const own = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (own) return own;
  const services = serviceContexts(contexts, env);
  if (services.has(name)) return { database: serviceUrl(name) };
  const names = [...Object.keys(contexts), ...services.keys()];
  throw invalidInput(
    `${origin}: there is no context "${name}".`,
    [
      didYouMean(name, names),
      names.length > 0 ? `There are: ${names.join(', ')}.` : undefined,
      `To make it: tomo context add ${name} --database URL`,
    ]
      .filter(Boolean)
      .join('\n'),
  );
}

/** A context as it is shown. */
export function shownContext(
  name: string,
  { database, server, production = false }: ContextEntry,
  { file, current }: { file: string; current: boolean },
): ListedContext {
  const shown = /^(embedded$|sqlite:)/.test(database) ? database : (withoutSecrets(database) ?? 'not a URL');
  return { name, current, database: shown, server: server ?? null, production, file };
}

/**
 * The services that can be used as contexts, with the file of each: their names can be those of one, and no
 * context has taken them.
 */
export function serviceContexts(
  contexts: Readonly<Record<string, ContextEntry>>,
  env: NodeJS.ProcessEnv,
): Map<string, string> {
  const free = (name: string) => CONTEXT_NAME.test(name) && !Object.hasOwn(contexts, name);
  return new Map([...listServices(env)].filter(([name]) => free(name)));
}

/** The URL of a service. */
export function serviceUrl(service: string): string {
  return `postgres:///?service=${service}`;
}

/** Checks what the config file says of its contexts. Throws INVALID_INPUT. */
export function checkContexts(value: unknown, file: string): asserts value is Record<string, ContextEntry> {
  const where = `"contexts" in the config file ${file}`;
  if (!isObject(value)) {
    throw invalidInput(`${where} is not a JSON object.`, 'Expected: {"shop": {"database": "postgres://…"}}');
  }
  for (const [name, entry] of Object.entries(value)) {
    checkContextName(name, where);
    const itself = `"${name}" of ${where}`;
    if (!isObject(entry))
      throw invalidInput(`${itself} is not a JSON object.`, 'Expected: {"database": "postgres://…"}');
    const { database, server, production, ...others } = entry;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      throw invalidInput(`${itself} has a key "${unknown}".`, 'The keys are: database, server, production.');
    }
    if (typeof database !== 'string' || database.trim() === '') throw invalidInput(`${itself} has no text "database".`);
    if (server !== undefined && typeof server !== 'string') throw invalidInput(`"server" of ${itself} is not a text.`);
    if (production !== undefined && typeof production !== 'boolean') {
      throw invalidInput(`"production" of ${itself} is not true or false.`);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
