import * as sql from '../../db/doctor/sessions.ts';
import { selectCrowds, selectLiveSessions } from '../../db/report/stats.ts';
import { selectBusiestUsers, selectInactiveWithSessions } from '../../db/report/suspects.ts';
import { selectSettings } from '../../db/settings/settings.ts';
import { MANY, programsIn } from '../report/suspicions.ts';
import { check, ok, problem, type Seen, some, span, warning } from './check.ts';

/** No person logs in so often within an hour. */
const OFTEN = 30;
/** Share of repeated logins, and how many logins there must be to speak of one. */
const REPEATED = { share: 0.3, least: 20 };

/** Rows that are counted at most. */
const ROWS = 1000;

const TRY_LIMIT = { do: 'set', key: 'max_sessions_per_user', value: 5, simulate: true } as const;

const duplicates = check('duplicates', 'duplicates', 'duplicate sessions', async (tx) => {
  const { duplicates: found } = await selectCrowds(tx, await selectBusiestUsers(tx), ROWS, MANY);
  const [most] = found;
  if (!most)
    return ok(`Login patterns: nobody has ${MANY.duplicates} live sessions or more of the same device and address`);
  const { max_sessions_per_user: limit } = (await selectSettings(tx)).values;
  const users = new Set(found.map(({ username }) => username)).size;
  return warning(
    `Login patterns: ${some(users, 'user')} with many live sessions of the same device and address; "${most.username}" has ${most.sessions}`,
    'They log in again instead of coming back: a cookie that does not stay, or a script that logs in for every call.',
    { do: 'list-sessions', user: most.username },
    ...(limit === 0 ? [TRY_LIMIT] : []),
  );
});

const automation = check('automation', 'duplicates', 'logins of programs', async (tx) => {
  const frequent = await sql.selectFrequentLogins(tx, OFTEN);
  if (frequent) {
    const { users, username, logins } = frequent;
    return warning(
      `Automation: ${some(users, 'user')} with ${OFTEN} logins or more in the last hour; "${username}" ${logins}`,
      'A script should log in once and keep its session, or use a token of its own.',
      { do: 'list-sessions', user: username, only: 'last-hour' },
    );
  }
  const { tallies } = await selectLiveSessions(tx, await selectBusiestUsers(tx), 1);
  const [most] = programsIn(tallies);
  if (!most) return ok('Automation: no sign of scripts that log in');
  const name = most.program ?? most.formFactor;
  const title = `Automation: programs have sessions; "${name}" has ${most.sessions}`;
  return ok(title, null, { do: 'list-sessions', device: name });
});

const limits = check('session-limit', 'duplicates', 'the session limit', async (tx) => {
  const { values } = await selectSettings(tx);
  const limit = Number(values.max_sessions_per_user);
  const { over, limited } = await selectLiveSessions(tx, await selectBusiestUsers(tx), 1);
  const [most] = limited;
  if (!most || over === 0) {
    return ok(
      limit === 0 ? 'Session limits: none is set' : `Session limits: ${limit} for each user, and nobody has more`,
      null,
      ...(limit === 0 ? [TRY_LIMIT] : []),
    );
  }
  return warning(
    `Session limits: ${some(over, 'user')} over the limit; "${most.username}" has ${most.sessions} live sessions`,
    'A limit that is lowered holds from the next login on. Where it stays so, the server opens sessions without open_session.',
    { do: 'list-sessions', user: most.username, only: 'oldest-first' },
    { do: 'revoke-session', note: 'the oldest ones' },
  );
});

const inactive = check('inactive-users', 'revoke', 'the sessions of inactive users', async (tx) => {
  const users = await selectInactiveWithSessions(tx, null, ROWS);
  const [most] = users;
  if (!most) return ok('No inactive user has a session that is not ended');
  return warning(
    `${some(users.length, 'inactive user')} with sessions that are not ended; "${most.username}" has ${most.sessions}`,
    'The server refuses them as long as it asks the database; a user who is made active again would have them back.',
    { do: 'revoke-user', user: most.username },
  );
});

const ghosts = check('ghost-activity', 'revoke', 'whether the server heeds revocations', async (tx) => {
  const { sessions, wrong, example, longest } = await sql.selectGhosts(tx);
  if (wrong === 0)
    return ok(
      sessions === 0
        ? 'No session was revoked or logged out lately'
        : `No request was answered in any of the last ${some(sessions, 'revoked session')} after its end`,
    );
  return problem(
    `The server ignores revocations: ${wrong} of the last ${some(sessions, 'revoked session')} went on, up to ${span(longest)} after the end`,
    'It goes by the token alone, or by a copy of the session. It must call touch_session at every request and refuse where that does.',
    { do: 'explain-session', id: example ?? undefined },
  );
});

const repeated = check('repeated-logins', 'persist', 'repeated logins', async (tx): Promise<Seen> => {
  const { logins, repeated } = await sql.selectRepeatedLogins(tx);
  if (logins < REPEATED.least || repeated / logins < REPEATED.share)
    return ok('Cookies blocked: no sign of it; few log in again right after a login');
  return warning(
    `Cookies blocked: ${repeated} of ${logins} logins came within ten minutes after another one, unused, from the same device`,
    'The browser does not send the cookie back: blocked, or with attributes that do not fit the address.',
    { do: 'check-site', note: 'the address in the browser' },
  );
});

export const SESSION_CHECKS = [duplicates, automation, limits, inactive, ghosts, repeated];
