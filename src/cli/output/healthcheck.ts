import type { JobName } from '../../domain/cleanup/schedule.ts';
import { invalidField } from '../../model/errors.ts';

/** Milliseconds that a service is waited for. */
const PATIENCE = 10_000;

/**
 * Runs a job and tells a service that watches cron, as https://healthchecks.io/docs/http_api/ has it:
 * `URL/start`, then `URL`, or `URL/fail` where it threw. The URL is TOMO_HEALTHCHECK_URL, in which {job} is the
 * name of the job; without it only runs it. A service that does not answer is no reason to fail: `warn` gets the
 * words. Throws INVALID_INPUT.
 */
export async function withHealthcheck<T>(
  env: NodeJS.ProcessEnv,
  job: JobName,
  work: () => Promise<T>,
  warn: (message: string) => void,
): Promise<T> {
  const given = env.TOMO_HEALTHCHECK_URL;
  if (!given) return work();
  const url = parse(given.replaceAll('{job}', job));
  // the job does not wait for it
  const started = call(url, '/start');
  const tell = async (how: '' | '/fail') => {
    const problems = [await started, await call(url, how)].filter((problem) => problem !== null);
    if (problems[0]) warn(`The healthcheck at ${url.origin} was not told: ${problems[0]}.`);
  };
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await tell('/fail');
    throw error;
  }
  await tell('');
  return result;
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  // not the value: whoever has the URL can call it
  throw invalidField(
    'TOMO_HEALTHCHECK_URL',
    'is not an http or https URL.',
    'For example https://hc-ping.com/KEY/tomo-{job}',
  );
}

/** Why it failed; null: it did not. */
async function call(url: URL, how: string): Promise<string | null> {
  const asked = new URL(url);
  asked.pathname = `${asked.pathname.replace(/\/$/, '')}${how}`;
  try {
    const answer = await fetch(asked, { signal: AbortSignal.timeout(PATIENCE), headers: { 'user-agent': 'tomo' } });
    await answer.body?.cancel();
    return answer.ok ? null : `it answered ${answer.status}`;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${PATIENCE / 1000} seconds`;
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  }
}
