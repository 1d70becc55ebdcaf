// The pages of the example server: plain HTML that works without a script and on a telephone.
import { createHash } from 'node:crypto';

const STYLE = `
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
  ul { list-style: none; padding: 0; }
  li { border: 1px solid #767676; border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; }
  p { margin: .25rem 0; }
  button, input { font: inherit; min-height: 2.75rem; padding: 0 1rem; max-width: 100%; box-sizing: border-box; }
  input[type=checkbox] { min-height: 0; }
`;

// What tells devices apart, and only the browser knows. Without a script both stay empty, and the login is the same.
const COLLECT = `
  document.querySelector('[name=screen]').value = screen.width + 'x' + screen.height;
  document.querySelector('[name=timeZone]').value = Intl.DateTimeFormat().resolvedOptions().timeZone;
`;

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but this style and this script, forms only to here, and in nobody's frame. */
export const CSP = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(COLLECT)}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** Outside text: no markup, and what writes from right to left turns nothing around it. */
const outside = (text) => `<bdi>${escapeHtml(text)}</bdi>`;
const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

function document(title, body) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title} - Tomo</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><h1>${title}</h1>${body}</body></html>\n`;
}

export const errorPage = (message) => document('Sorry', `<p>${message}</p><p><a href="/login">Log in</a></p>`);

export function loginPage() {
  return document(
    'Log in',
    `<form method="post"><p><label>Name <input name="username" autocomplete="username" autofocus></label></p>
<p><label><input type="checkbox" name="remember"> stay logged in</label></p>
<input type="hidden" name="screen"><input type="hidden" name="timeZone"><button>Log in</button></form>
<script>${COLLECT}</script>`,
  );
}

/** A form of one button. `fields`: what goes with it. */
function button(action, label, csrf, fields = {}) {
  const hidden = Object.entries({ csrf, ...fields }).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  );
  return `<form method="post" action="${action}">${hidden.join('')}<button>${label}</button></form>`;
}

export function mePage(session, csrf) {
  return document(
    escapeHtml(session.username),
    `<p>Logged in until ${time(session.expiresAt)}.</p><p><a href="/sessions">Your sessions</a></p>
${button('/restart', 'Restart', csrf)}${button('/logout', 'Log out', csrf)}`,
  );
}

/** Everything that came from a browser or a file of places is outside text. */
export function sessionsPage(sessions, alerts, csrf) {
  const others = sessions.length - 1;
  return document(
    'Your sessions',
    `<ul>${sessions.map((session) => sessionItem(session, csrf)).join('')}</ul>
${others > 0 ? button('/sessions/revoke-others', `Log out the other ${others}`, csrf) : '<p>You are logged in nowhere else.</p>'}
<h2>Messages about logins</h2>
${alerts.length > 0 ? `<ul>${alerts.map((alert) => alertItem(alert, csrf)).join('')}</ul>` : '<p>None.</p>'}
<p><a href="/me">Back</a></p>`,
  );
}

function sessionItem(session, csrf) {
  const { sessionId, isCurrent, createdAt, lastActivityAt, expiresAt } = session;
  return `<li${isCurrent ? ' aria-current="true"' : ''}><p><b>${outside(deviceOf(session))}</b>${isCurrent ? ' (this one)' : ''}</p>
<p>${outside(placeOf(session))}</p>
<p>Login ${time(createdAt)}<br>last active ${time(lastActivityAt)}<br>until ${time(expiresAt)}</p>
${isCurrent ? button('/logout', 'Log out', csrf) : button('/sessions/revoke', 'Log out', csrf, { id: sessionId })}</li>`;
}

const KINDS = { new_device: 'New device', unusual_location: 'Unusual place', login: 'Login' };

function alertItem(alert, csrf) {
  const more = alert.repeated > 0 ? `, and ${alert.repeated} more` : '';
  return `<li><p><b>${KINDS[alert.kind] ?? 'Login'}</b>: ${outside(deviceOf(alert))}</p>
<p>${outside(placeOf(alert))}</p><p>${time(alert.createdAt)}${more}${alert.isLive ? ', still logged in' : ''}</p>
${alert.isDisowned ? '<p>You said that it was not you. <b>Change your password.</b></p>' : button('/sessions/not-me', 'That was not me', csrf, { alert: alert.alertId })}</li>`;
}

const deviceOf = ({ deviceLabel, browser, os, userAgent }) =>
  deviceLabel || [browser, os].filter(Boolean).join(' on ') || userAgent?.slice(0, 60) || 'Unknown device';
const placeOf = ({ city, country, ip }) => [city, country, ip].filter(Boolean).join(', ') || 'Unknown place';

/** In UTC, since the server does not know where its reader is. */
const time = (at) => `<time datetime="${escapeHtml(at)}">${escapeHtml(at).slice(0, 16).replace('T', ' ')} UTC</time>`;
