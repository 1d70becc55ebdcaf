import { hostname, userInfo } from 'node:os';

/** As whom, and on which machine, this runs. */
export function accountOf(env: NodeJS.ProcessEnv): { osUser: string; host: string } {
  try {
    return { osUser: userInfo().username, host: hostname() };
  } catch {
    // a container may run under a uid that has no name
    return { osUser: env.USER ?? `uid ${process.getuid?.()}`, host: hostname() };
  }
}
