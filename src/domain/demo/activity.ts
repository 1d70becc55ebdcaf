import type { DemoActivity, DemoSession } from '../../db/demo/tables.ts';
import type { Activity } from '../../model/session.ts';
import { DAY, HOUR, MINUTE, SECOND, stamp } from './clock.ts';
import { Random } from './random.ts';

type Step = Pick<Activity, 'kind' | 'name' | 'path' | 'status'>;

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

const LAGOS: [minutes: number, step: Step][] = [
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

const HOSTILE: Step[] = [
  api('GET', '/api/users', 403),
  api('GET', '/api/settings/export', 403),
  page('Not found', '/..%2f..%2fetc/passwd', 404),
  action('Rename container to \u001b[31mroot\u202exed.gpj', '/api/containers/web-1/name', 403),
];

const SCRIPT: Step[] = [api('POST', '/api/auth/login'), api('POST', '/api/deployments', 201)];

/** Who does something else than people usually do: ids of sessions, and of users. */
export interface Roles {
  suspect: string;
  hostileAgent: number;
  scriptAgent: number;
  readonly: ReadonlySet<string>;
}

/** What the sessions of the last hours did, and part of those that ended in the last three days. */
export function makeActivity(sessions: readonly DemoSession[], roles: Roles, now: number): DemoActivity[] {
  const random = new Random('activity');
  return sessions.flatMap((session) => {
    const last = Date.parse(session.lastActivityAt);
    if (session.id === roles.suspect) {
      return LAGOS.map(([minutes, step]) => row(session, now - minutes * MINUTE, step));
    }
    if (session.userAgentId === roles.scriptAgent)
      return SCRIPT.map((step, i) => row(session, last - (SCRIPT.length - 1 - i) * 3 * SECOND, step));
    if (session.userAgentId === roles.hostileAgent)
      return HOSTILE.map((step, i) => row(session, last - (HOSTILE.length - 1 - i) * 50 * SECOND, step));
    const busy = session.endedAt === null ? last > now - 8 * HOUR : last > now - 3 * DAY && random.chance(0.45);
    if (!busy) return [];
    return visit(session, last, roles.readonly.has(session.userId), random);
  });
}

/** A few requests, the last of them at the session's last activity. */
function visit(session: DemoSession, last: number, readonly: boolean, random: Random): DemoActivity[] {
  const length = session.endedAt === null ? random.int(4, 12) : random.int(2, 6);
  const opened = Date.parse(session.createdAt);
  const rows: DemoActivity[] = [];
  for (let at = last; rows.length < length && at >= opened; at -= (4 + random.next() ** 2 * 400) * SECOND) {
    rows.push(row(session, at, random.pick(readonly || random.chance(0.8) ? LOOKING : DOING)));
  }
  return rows.reverse();
}

function row(session: DemoSession, at: number, step: Step): DemoActivity {
  return { sessionId: session.id, at: stamp(at), ...step, ip: session.ip };
}
