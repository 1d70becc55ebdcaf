import type { Activity } from '../../model/session.ts';
import { DAY, HOUR, SECOND, stamp } from './clock.ts';
import type { Random } from './random.ts';

type Step = Omit<Activity, 'at' | 'ip'>;

const page = (name: string, path: string, status = 200): Step => ({ kind: 'page', name, path, status });
const api = (name: string, path: string, status = 200): Step => ({ kind: 'api', name, path, status });
const action = (name: string, path: string, status = 200): Step => ({ kind: 'action', name, path, status });

/** What people look at; a readonly user can do no more. */
const LOOKING: Step[] = [
  page('Dashboard', '/'),
  page('Servers', '/servers'),
  page('Server web-1', '/servers/web-1'),
  page('Server db-1', '/servers/db-1/metrics'),
  page('Containers', '/containers'),
  page('Container logs', '/containers/web-1/logs'),
  page('Container logs', '/containers/worker-3/logs'),
  page('Volumes', '/volumes'),
  page('Backups', '/backups'),
  page('Networks', '/networks'),
  page('Profile', '/profile/sessions'),
  page('Not found', '/containers/web-9', 404),
  api('GET', '/api/servers'),
  api('GET', '/api/servers/web-1/metrics'),
  api('GET', '/api/containers', 304),
  api('GET', '/api/containers/web-1/logs'),
  api('GET', '/api/events'),
  api('GET', '/api/backups', 504),
];

const DOING: Step[] = [
  action('Restart container web-1', '/api/containers/web-1/restart', 202),
  action('Stop container worker-3', '/api/containers/worker-3/stop', 202),
  action('Pull image', '/api/images/pull', 202),
  action('Run backup', '/api/backups/nightly/run', 202),
  action('Edit firewall rule', '/api/servers/web-1/firewall/rules/12'),
  action('Rename volume', '/api/volumes/media', 409),
  action('Delete snapshot', '/api/servers/db-1/snapshots/2', 204),
  page('Settings', '/settings/security', 403),
];

/** What the one in Lagos did, by minutes ago. */
export const LAGOS: [minutes: number, step: Step][] = [
  [10.9, page('Dashboard', '/')],
  [10.1, page('Users', '/settings/users')],
  [8.6, page('API keys', '/settings/api-keys')],
  [7.9, action('Create API key "backup"', '/api/settings/api-keys', 201)],
  [6.2, page('Backups', '/backups')],
  [5.4, action('Download backup db-1', '/api/backups/db-1/latest/download')],
  [3.3, page('Security', '/settings/security', 403)],
  [2.2, page('Server db-1', '/servers/db-1/terminal')],
  [0.35, action('Open terminal db-1', '/api/servers/db-1/terminal', 101)],
];

export const PROBING: Step[] = [
  api('GET', '/api/users', 403),
  api('GET', '/api/settings/export', 403),
  page('Not found', '/..%2f..%2fetc/passwd', 404),
  action('Rename container to \u001b[31mroot\u202exed.gpj', '/api/containers/web-1/name', 403),
];

export const DEPLOYING: Step[] = [api('POST', '/api/auth/login'), api('POST', '/api/deployments', 201)];

/** The steps with the same time between them, the last of them at that time. */
export function stepsUntil(last: number, pause: number, steps: readonly Step[], ip: string): Activity[] {
  return steps.map((step, i) => ({ ...step, at: stamp(last - (steps.length - 1 - i) * pause), ip }));
}

/** A few requests, the last of them at the last activity; of what was over before the last three days, none. */
export function visit(
  session: { createdAt: number; lastActivityAt: number; ended?: object; ip: string; readonly: boolean },
  now: number,
  random: Random,
): Activity[] {
  const { createdAt, lastActivityAt: last, ended, ip, readonly } = session;
  const busy = ended ? last > now - 3 * DAY && random.chance(0.45) : last > now - 8 * HOUR;
  if (!busy) return [];
  const length = ended ? random.int(2, 6) : random.int(4, 12);
  const steps: Activity[] = [];
  for (let at = last; steps.length < length && at >= createdAt; at -= (4 + random.next() ** 2 * 400) * SECOND) {
    steps.push({ ...random.pick(readonly || random.chance(0.8) ? LOOKING : DOING), at: stamp(at), ip });
  }
  return steps.reverse();
}
