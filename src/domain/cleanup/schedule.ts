import { invalidField, TomoError } from '../../model/errors.ts';

/** Hours after the last cleanup from which on the next one is overdue: it belongs into cron once a day at least. */
export const CLEANUP_OVERDUE = 48;

/** What is to run by itself, how often and for how long: minutes. */
export const JOBS = {
  cleanup: { minutes: 60, longest: 10, title: 'deletes old sessions, writes ends that are final' },
  alerts: { minutes: 1, longest: 10, title: 'delivers alerts' },
  geo: { minutes: 5, longest: 4, title: 'looks up where logins come from' },
} as const;
export type JobName = keyof typeof JOBS;
export const JOB_NAMES = Object.keys(JOBS) as JobName[];

export interface Job {
  name: JobName;
  title: string;
  /** Between two runs. */
  minutes: number;
  /** After so many minutes a run begins nothing new; the next one goes on. */
  longest: number;
}

export interface Plan {
  jobs: Job[];
  /** What was not asked for and is not set up. */
  leftOut: { name: JobName; why: string }[];
}

/**
 * `wanted` undefined: all that is set up. `every`: seconds, of each of them. `adopted`: on another server.
 * Throws INVALID_INPUT.
 */
export function planJobs(
  wanted: readonly JobName[] | undefined,
  every: number | undefined,
  configured: { alerts: boolean; geo: boolean; adopted: boolean },
): Plan {
  const missing = configured.adopted ? ELSEWHERE : notSetUp(configured);
  const [foreign] = (configured.adopted && wanted?.filter((name) => ELSEWHERE[name] !== undefined)) || [];
  if (foreign) throw invalidField('for', `${foreign} cannot run there: ${ELSEWHERE[foreign]}.`, 'What can: cleanup');
  const minutes = every === undefined ? undefined : checkInterval(every);
  const names = JOB_NAMES.filter((name) => (wanted ? wanted.includes(name) : missing[name] === undefined));
  return {
    jobs: names.map((name) => ({ name, ...JOBS[name], minutes: minutes ?? JOBS[name].minutes })),
    leftOut: wanted
      ? []
      : JOB_NAMES.flatMap((name) => (missing[name] === undefined ? [] : [{ name, why: missing[name] }])),
  };
}

const ELSEWHERE: Partial<Record<JobName, string>> = {
  alerts: 'only the schema tomo raises them, and this is another server',
  geo: 'only the schema tomo keeps places, and this is another server',
};

function notSetUp({ alerts, geo }: { alerts: boolean; geo: boolean }): Partial<Record<JobName, string>> {
  return {
    ...(alerts ? {} : { alerts: 'there is no way to send them: docs/alerts.md' }),
    ...(geo ? {} : { geo: 'no geolocation database is named: docs/geolocation.md' }),
  };
}

/** Cron knows only what divides an hour or a day. */
function checkInterval(seconds: number): number {
  const minutes = seconds / 60;
  const fits =
    Number.isInteger(minutes) &&
    minutes >= 1 &&
    (minutes < 60 ? 60 % minutes === 0 : minutes % 60 === 0 && 1440 % minutes === 0);
  if (fits) return minutes;
  throw new TomoError('INVALID_INPUT', 'must divide an hour or a day evenly, and be at least a minute.', {
    field: 'every',
    hint: 'For example 1m, 5m, 15m, 30m, 1h, 6h, 1d.',
  });
}
