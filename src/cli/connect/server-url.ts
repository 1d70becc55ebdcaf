import { invalidInput } from '../../model/errors.ts';

/** The address of Tomo's server: `flag`, else TOMO_URL; undefined when neither is given. Throws INVALID_INPUT. */
export function serverUrl(flag: string | undefined, env: NodeJS.ProcessEnv): URL | undefined {
  if (flag !== undefined) return parseServerUrl(flag, '--url');
  return env.TOMO_URL ? parseServerUrl(env.TOMO_URL, 'TOMO_URL') : undefined;
}

/** `origin`: where the text stands. Throws INVALID_INPUT unless it is an address of the web. */
export function parseServerUrl(text: string, origin: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  throw invalidInput(
    `${origin} is not the address of a server.`,
    'Write https://tomo.example.org, without user and password.',
  );
}
