// A server with Tomo's sessions, on nothing but node:http and a pool of pg:
//   TOMO_DATABASE_URL=postgres://… JWT_SECRET_KEY=$(openssl rand -hex 32) node examples/server.mjs
// It asks for no password: who somebody is decides Tomo, before a session is opened. Do not put it on a network.
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import {
  applyEnvironment,
  clearSessionCookie,
  closeSession,
  fromPool,
  listenForRevocations,
  loginSession,
  makeCsrfToken,
  makeSigningKeys,
  readSessionCookie,
  recordActivity,
  sessionCookie,
  TomoError,
  touchSession,
  verifyCsrfToken,
  verifySession,
} from '@tomo/cli';
import pg from 'pg';

const { TOMO_DATABASE_URL, JWT_SECRET_KEY = '', JWT_PREVIOUS_SECRET_KEYS = '', PORT = '3000', HTTPS } = process.env;
const keys = makeSigningKeys(JWT_SECRET_KEY, JWT_PREVIOUS_SECRET_KEYS.split(',').filter(Boolean));
const secure = HTTPS === '1'; // browsers reach it by https://, through a proxy that ends TLS
const pool = new pg.Pool({ connectionString: TOMO_DATABASE_URL });
pool.on('error', report);
const db = fromPool(pool);
await applyEnvironment(db, process.env, { osUser: 'tomo', host: hostname() }); // SESSION_TIMEOUT and its like

// Requests that stay open. Nothing else would check their sessions again, so they are closed when one is revoked.
const streams = new Map(); // response -> session
const listener = await listenForRevocations(db, {
  onError: report,
  async onEnded(ended) {
    for (const [stream, { id, userId }] of streams) {
      const over =
        ended.scope === 'sessions'
          ? ended.sessionIds.includes(id)
          : ended.scope === 'unknown'
            ? !(await touchSession(db, id, { activity: false })).accepted
            : (ended.scope === 'all' || ended.userId === userId) && !ended.kept.includes(id);
      if (over) stream.end('event: ended\ndata: \n\n');
    }
  },
});

// What can be asked for. `kind`: how the history calls it; `quiet`: no sign that somebody is there; null: no login needed.
const routes = {
  'GET /login': { kind: null, answer: ({ res }) => page(res, 200, LOGIN) },
  'POST /login': { kind: null, answer: logIn },
  'GET /me': { kind: 'page', answer: ({ res, session }) => page(res, 200, mePage(session)) },
  'GET /api/me': { kind: 'api', answer: ({ res, session }) => json(res, 200, session) },
  'GET /api/events': { kind: 'api', quiet: true, answer: openStream },
  'POST /restart': {
    kind: 'action',
    answer: ({ res, session }) => json(res, 202, { restarting: true, by: session.username }),
  },
  'POST /logout': { kind: 'action', answer: logOut },
};

async function handle(req, res) {
  const { pathname } = new URL(req.url, 'http://localhost');
  const route = routes[`${req.method} ${pathname}`];
  if (!route) return page(res, 404, 'There is no such page.');
  const form = req.method === 'POST' ? await readForm(req) : new URLSearchParams();
  if (!route.kind) return route.answer({ req, res, form });

  const cookie = readSessionCookie(req.headers.cookie, { secure });
  const verdict = await verifySession(db, keys, cookie, { activity: !route.quiet });
  if (!verdict.ok) {
    if (cookie) res.setHeader('Set-Cookie', clearSessionCookie({ secure }));
    return json(res, 401, { error: 'not logged in', reason: verdict.reason });
  }
  const { session, renewed } = verdict;
  if (renewed) res.setHeader('Set-Cookie', sessionCookie(renewed, session, { secure }));
  const csrfToken = req.headers['x-csrf-token'] ?? form.get('csrf');
  const forged = req.method === 'POST' && !verifyCsrfToken(keys, session.id, csrfToken);
  if (forged) json(res, 403, { error: 'CSRF token missing or wrong' });
  else await route.answer({ req, res, form, session });
  const { statusCode: status } = res;
  await recordActivity(db, {
    sessionId: session.id,
    kind: route.kind,
    path: pathname,
    status,
    ip: req.socket.remoteAddress,
  });
}

async function logIn({ req, res, form }) {
  // there is no session yet that a CSRF token could belong to; a browser says where a form comes from
  if (!['same-origin', undefined].includes(req.headers['sec-fetch-site']))
    return page(res, 403, 'This form came from another site.');
  // here Tomo checks the password
  const { rows } = await pool.query('select id from tomo.users where lower(username) = lower($1)', [
    form.get('username') ?? '',
  ]);
  try {
    const login = {
      userId: rows[0]?.id ?? '00000000-0000-0000-0000-000000000000',
      ip: req.socket.remoteAddress,
      userAgent: req.headers['user-agent'],
      rememberMe: form.has('remember'),
    };
    const { cookie } = await loginSession(db, keys, login, { secure, cookieHeader: req.headers.cookie });
    res.writeHead(303, { 'Set-Cookie': cookie, Location: '/me' }).end();
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    if (error.code === 'SESSION_LIMIT')
      return page(res, 403, 'You are logged in too often. Log out somewhere else first.');
    if (error.code !== 'NOT_FOUND' && error.code !== 'USER_INACTIVE') throw error;
    page(res, 401, 'Wrong user or password.'); // which of the two is nobody's business
  }
}

async function logOut({ res, session }) {
  await closeSession(db, session.id);
  res.writeHead(303, { 'Set-Cookie': clearSessionCookie({ secure }), Location: '/login' }).end();
}

async function openStream({ res, session }) {
  streams.set(res, session);
  res.on('close', () => streams.delete(res));
  // it may have been revoked after it was verified and before the listener could find the stream
  if (!(await touchSession(db, session.id, { activity: false })).accepted)
    return json(res, 401, { error: 'not logged in' });
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('event: hello\ndata: \n\n');
}

async function readForm(req) {
  let text = '';
  for await (const chunk of req) {
    text += chunk;
    if (text.length > 10_000) throw new TomoError('INVALID_INPUT', 'The form is too long.');
  }
  return new URLSearchParams(text);
}

const LOGIN =
  '<form method="post"><input name="username" autofocus> <label><input type="checkbox" name="remember"> stay</label> <button>Log in</button></form>';
const mePage = (session) => `<p>${escapeHtml(session.username)}, until ${escapeHtml(session.expiresAt)}</p>
<form method="post"><input type="hidden" name="csrf" value="${makeCsrfToken(keys, session.id)}">
<button formaction="/restart">Restart</button> <button formaction="/logout">Log out</button></form>`;
const escapeHtml = (text) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

function page(res, status, html) {
  res
    .writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
    .end(`<!doctype html><title>Tomo</title>${html}\n`);
}

function json(res, status, value) {
  res
    .writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    .end(`${JSON.stringify(value)}\n`);
}

function report(error) {
  process.stderr.write(`${error}\n`);
}

const server = createServer((req, res) => {
  handle(req, res).catch((error) => {
    report(error);
    if (res.headersSent) res.destroy();
    else json(res, error.code === 'INVALID_INPUT' ? 400 : 503, { error: 'try again' });
  });
});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));

process.once('SIGTERM', async () => {
  await listener.close();
  server.close();
  server.closeAllConnections();
  await pool.end();
});
