import { TomoError } from '../../model/errors.ts';

/** The address of Tomo's server: `flag`, else TOMO_URL; undefined when neither is given. Throws INVALID_INPUT. */
export function serverUrl(flag: string | undefined, env: NodeJS.ProcessEnv): URL | undefined {
  const [text, origin] = flag === undefined ? [env.TOMO_URL, 'TOMO_URL'] : [flag, '--url'];
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new TomoError('INVALID_INPUT', `${origin} is not the address of a server.`, {
      hint: 'Write https://tomo.example.org, without user and password.',
    });
  }
  return url;
}
