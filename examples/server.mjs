// A server with Tomo's sessions, on nothing but node:http and a pool of pg:
//   TOMO_DATABASE_URL=postgres://… JWT_SECRET_KEY=$(openssl rand -hex 32) node examples/server.mjs
// Its role in the database is the one of `tomo db grants --role server`. It asks for no password: who somebody is
// decides Tomo, before a session is opened. Do not put it on a network.
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import {
  applyEnvironment,
  clearSessionCookie,
  closeSession,
  disownLogin,
  findUser,
  fromPool,
  listenForRevocations,
  listOwnAlerts,
  listOwnSessions,
  loginSession,
  makeCsrfToken,
  makeSigningKeys,
  placesFrom,
  readSessionCookie,
  recordActivity,
  revokeOwnOthers,
  revokeOwnSession,
  sessionCookie,
  TomoError,
  touchSession,
  verifyCsrfToken,
  verifySession,
} from '@tomo/cli';
import pg from 'pg';
import { CSP, errorPage, loginPage, mePage, sessionsPage } from './pages.mjs';

const { TOMO_DATABASE_URL, JWT_SECRET_KEY = '', JWT_PREVIOUS_SECRET_KEYS = '', PORT = '3000', HTTPS } = process.env;
const { TOMO_GEO_CITY_DATABASE: city, TOMO_GEO_ASN_DATABASE: asn } = process.env;
const keys = makeSigningKeys(JWT_SECRET_KEY, JWT_PREVIOUS_SECRET_KEYS.split(',').filter(Boolean));
const secure = HTTPS === '1'; // browsers reach it by https://, through a proxy that ends TLS
const places = city && placesFrom({ city, asn, onError: report });
const pool = new pg.Pool({ connectionString: TOMO_DATABASE_URL });
pool.on('error', report);
const db = fromPool(pool);
await applyEnvironment(db, process.env, { osUser: 'tomo', host: hostname() }); // SESSION_TIMEOUT and its like

// Requests that stay open. Nothing else would check their sessions again, so they are closed when one is
// revoked or logs out; an eviction, a timeout and a logout at another server tell nobody, so all are looked at
// once a minute as well.
const streams = new Map(); // response -> session
const closeStreams = (isOver) => {
  for (const [stream, session] of streams) if (isOver(session)) stream.end('event: ended\ndata: \n\n');
};
async function checkStreams() {
  for (const { id } of streams.values())
    if (!(await touchSession(db, id, { activity: false })).accepted) closeStreams((session) => session.id === id);
}
setInterval(() => checkStreams().catch(report), 60_000).unref();
const listener = await listenForRevocations(db, {
  onError: report,
  async onEnded(ended) {
    if (ended.scope === 'unknown') return checkStreams();
    closeStreams(({ id, userId }) =>
      ended.scope === 'sessions'
        ? ended.sessionIds.includes(id)
        : (ended.scope === 'all' || ended.userId === userId) && !ended.kept.includes(id),
    );
  },
});

// What can be asked for. `kind`: how the history calls it; `quiet`: no sign that somebody is there;
// null: no login needed.
const routes = {
  'GET /login': { kind: null, answer: ({ res }) => html(res, 200, loginPage()) },
  'POST /login': { kind: null, answer: logIn },
  'GET /me': { kind: 'page', answer: ({ res, session }) => html(res, 200, mePage(session, csrfFor(session))) },
  'GET /sessions': { kind: 'page', answer: showSessions },
  'POST /sessions/revoke': { kind: 'action', answer: revokeOne },
  'POST /sessions/revoke-others': { kind: 'action', answer: revokeOthers },
  'POST /sessions/not-me': { kind: 'action', answer: notMe },
  'GET /api/me': { kind: 'api', answer: ({ res, session }) => json(res, 200, session) },
  'GET /api/events': { kind: 'api', quiet: true, answer: openStream },
  'POST /restart': {
    kind: 'action',
    answer: ({ res, session }) => json(res, 202, { restarting: true, by: session.username }),
  },
  'POST /logout': { kind: 'action', answer: logOut },
};

async function handle(req, res) {
  // what a client calls a path need not be one: "//", "/%00"
  const [path] = req.url.split('?');
  const route = routes[`${req.method} ${path}`];
  if (!route) return html(res, 404, errorPage('There is no such page.'));
  if (req.method === 'POST' && fromElsewhere(req))
    return html(res, 403, errorPage('This form came from another site.'));
  const form = req.method === 'POST' ? await readForm(req) : new URLSearchParams();
  if (!route.kind) return route.answer({ req, res, form });

  const cookie = readSessionCookie(req.headers.cookie, { secure });
  const verdict = await verifySession(db, keys, cookie, { activity: !route.quiet });
  if (!verdict.ok) {
    if (cookie) res.setHeader('Set-Cookie', clearSessionCookie({ secure }));
    if (route.kind === 'page') return html(res, 401, errorPage('You are not logged in.'));
    return json(res, 401, { error: 'not logged in', reason: verdict.reason });
  }
  const { session, renewed } = verdict;
  if (renewed) res.setHeader('Set-Cookie', sessionCookie(renewed, session, { secure }));
  const csrfToken = req.headers['x-csrf-token'] ?? form.get('csrf');
  const forged = req.method === 'POST' && !verifyCsrfToken(keys, session.id, csrfToken);
  if (forged) json(res, 403, { error: 'CSRF token missing or wrong' });
  else await route.answer({ req, res, form, session });
  const { statusCode: status } = res;
  await recordActivity(db, { sessionId: session.id, kind: route.kind, path, status, ip: req.socket.remoteAddress });
}

/**
 * A browser says where a form comes from: Origin (RFC 6454), and newer ones Sec-Fetch-Site. Other
 * programs say neither.
 */
function fromElsewhere({ headers }) {
  const own = `${secure ? 'https' : 'http'}://${headers.host}`;
  return (headers.origin ?? own) !== own || (headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin';
}

async function logIn({ req, res, form }) {
  try {
    // here Tomo checks the password; a name that nobody has is refused as a wrong one is
    const login = {
      userId: (await findUser(db, form.get('username') ?? '')) ?? '00000000-0000-0000-0000-000000000000',
      ip: req.socket.remoteAddress,
      userAgent: req.headers['user-agent'],
      rememberMe: form.has('remember'),
      // what the script of the page has filled in; empty without
      screen: form.get('screen') || undefined,
      timeZone: form.get('timeZone') || undefined,
    };
    const { cookie } = await loginSession(db, keys, login, { secure, cookieHeader: req.headers.cookie, places });
    res.writeHead(303, { 'Set-Cookie': cookie, Location: '/me' }).end();
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    if (error.code === 'SESSION_LIMIT')
      return html(res, 403, errorPage('You are logged in too often. Log out somewhere else first.'));
    if (error.code !== 'NOT_FOUND' && error.code !== 'USER_INACTIVE') throw error;
    html(res, 401, errorPage('Wrong user or password.')); // which of the two is nobody's business
  }
}

async function logOut({ res, session }) {
  await closeSession(db, session.id);
  closeStreams(({ id }) => id === session.id);
  res.writeHead(303, { 'Set-Cookie': clearSessionCookie({ secure }), Location: '/login' }).end();
}

// One's own sessions: the functions check whose an id of the form is.
async function showSessions({ res, session }) {
  const [sessions, alerts] = await Promise.all([listOwnSessions(db, session), listOwnAlerts(db, session)]);
  html(res, 200, sessionsPage(sessions, alerts, csrfFor(session)));
}

async function revokeOne({ res, form, session }) {
  const revocation = await revokeOwnSession(db, session, form.get('id'));
  if (revocation === null) return html(res, 404, errorPage('You have no such session.'));
  res.writeHead(303, { Location: '/sessions' }).end();
}

async function revokeOthers({ res, session }) {
  await revokeOwnOthers(db, session);
  res.writeHead(303, { Location: '/sessions' }).end();
}

async function notMe({ res, form, session }) {
  const { known } = await disownLogin(db, session, Number(form.get('alert')));
  if (!known) return html(res, 404, errorPage('You have no such message.'));
  // here Tomo asks for a new password: whoever it was knows the old one
  res.writeHead(303, { Location: '/sessions' }).end();
}

async function openStream({ res, session }) {
  streams.set(res, session);
  res.on('close', () => streams.delete(res));
  // it may have been revoked after it was verified and before the listener could find the stream
  if (!(await touchSession(db, session.id, { activity: false })).accepted)
    return json(res, 401, { error: 'not logged in' });
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('event: hello\ndata: \n\n');
}

const FORM_SIZE = 10_000;

/** Throws INVALID_INPUT; `details.status` is the answer. */
async function readForm(req) {
  const refused = (status, message) => new TomoError('INVALID_INPUT', message, { details: { status } });
  const type = req.headers['content-type']?.split(';')[0].trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw refused(415, 'A form is expected.');
  const chunks = [];
  let size = 0;
  // a stream that is left early would take the connection with it, and the answer
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > FORM_SIZE) throw refused(413, 'The form is too long.');
    chunks.push(chunk);
  }
  try {
    return new URLSearchParams(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw refused(400, 'The form is not UTF-8.');
  }
}

const csrfFor = (session) => makeCsrfToken(keys, session.id);

function html(res, status, text) {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' };
  res.writeHead(status, { ...headers, 'Content-Security-Policy': CSP, 'Referrer-Policy': 'same-origin' }).end(text);
}

function json(res, status, value) {
  res
    .writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    .end(`${JSON.stringify(value)}\n`);
}

function report(error) {
  process.stderr.write(`${error}\n`);
}

/** AUTHENTICATION_FAILED: the session has ended since it was verified. */
const STATUS = { INVALID_INPUT: 400, AUTHENTICATION_FAILED: 401 };

const server = createServer((req, res) => {
  handle(req, res).catch((error) => {
    const status = error.details?.status ?? STATUS[error.code] ?? 503;
    if (status === 503) report(error);
    if (res.headersSent) return res.destroy();
    res.setHeader('Connection', 'close'); // the rest of what is too long is not read
    json(res, status, { error: status === 503 ? 'try again' : error.message });
  });
});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));

process.once('SIGTERM', async () => {
  await listener.close();
  server.close();
  server.closeAllConnections();
  await pool.end();
});
