import {
  type CheckResult,
  type DoctorInput,
  ok,
  problem,
  type Seen,
  type SiteAnswer,
  SYNC,
  skew,
  span,
  unknown,
  warning,
} from './check.ts';

const CLOCK_TOLERANCE = 30;

/** What can be said without the database. */
export function lookAtMachine(input: DoctorInput): CheckResult[] {
  return [
    { id: 'config-file', area: 'rights', ...configFile(input.configFile) },
    { id: 'signing-key', area: 'rights', ...signingKey(input.keys) },
    { id: 'token-clock', area: 'persist', ...tokenClock(input) },
    ...lookAtSite(input.site).map((finding) => ({ area: 'persist' as const, ...finding })),
  ];
}

function configFile(file: DoctorInput['configFile']): Seen {
  return file.ok ? ok(`The config file is in order, or there is none (${file.value})`) : unusable(file);
}

/** A command in the hint is the way out. */
function unusable({ message, hint }: { message: string; hint: string | null }): Seen {
  const [, fix] = /((?:chmod|chown|openssl) .*)/.exec(hint ?? '') ?? [];
  return fix ? problem(message, null, fix) : problem(message, hint);
}

function signingKey(keys: DoctorInput['keys']): Seen {
  if (!keys.ok) return unusable(keys);
  if (keys.value === null) return ok('No signing key is named here; only tokens would need one');
  const previous = keys.value > 0 ? `, and so are ${keys.value} previous` : '';
  return ok(`The signing key is long enough${previous}; nobody else can read it`);
}

/** A token that was made in the future shows that the clock of the server of Tomo is ahead. */
function tokenClock({ token, clock }: DoctorInput): Seen {
  if (!token) return ok('Clock skew: no token was given to compare with', null, { do: 'check-token' });
  if (token.issuedAt === null) return unknown('Clock skew: the token says no time of issue', token.refusal);
  const ahead = token.issuedAt - clock().getTime() / 1000;
  if (ahead > CLOCK_TOLERANCE) {
    return problem(
      `Clock skew: the token was made ${span(ahead)} in the future`,
      'The clock of the server that made it is ahead, or that of this machine is behind; the token is refused until then.',
      SYNC,
    );
  }
  return token.refusal
    ? warning('Clock skew: none in the token, but a server would refuse it', token.refusal, {
        do: 'list-sessions',
        note: 'is it live? and which key has the server?',
      })
    : ok(`Clock skew: none; the token was made ${span(Math.max(0, -ahead))} ago`);
}

/** The cookie as the browser gets it. RFC 6265bis, and "Session Cookie Attributes" of Tomo's guide. */
function lookAtSite(site: DoctorInput['site']): Omit<CheckResult, 'area'>[] {
  if (!site) {
    const detail = 'It takes one request to the address of the server.';
    return [{ id: 'cookie', ...ok('Cookies and HTTPS: not looked at', detail, { do: 'check-site' }) }];
  }
  if (!site.ok) return [{ id: 'site', ...problem(site.message, site.hint) }];
  const { value } = site;
  return [
    { id: 'https', ...protocol(value) },
    { id: 'cookie', ...cookie(value) },
    { id: 'site-clock', ...siteClock(value.ahead) },
  ];
}

function protocol({ url, location }: SiteAnswer): Seen {
  const from = new URL(url);
  const to = location === null || !URL.canParse(location, url) ? null : new URL(location, url);
  if (to && to.host !== from.host && to.hostname !== from.hostname) {
    return warning(
      `HTTPS mismatch: ${from.hostname} sends browsers to ${to.hostname}`,
      'A cookie of one name is not sent to the other.',
      { do: 'check-site', url: to.origin, note: 'and let everybody use that name' },
    );
  }
  if (from.protocol === 'https:') {
    return to?.protocol === 'http:'
      ? problem(
          'HTTPS mismatch: it sends browsers from https back to http',
          'A Secure cookie is not sent there, so nobody stays logged in.',
          'proxy_set_header X-Forwarded-Proto $scheme;   # nginx: tell the server that it is behind https',
        )
      : ok('HTTPS mismatch: none; it stays on https');
  }
  return to?.protocol === 'https:'
    ? ok('HTTPS mismatch: none; http is sent on to https')
    : problem(
        'HTTPS mismatch: it answers on http and does not send browsers to https',
        'A Secure cookie is neither kept nor sent on http, and any other can be read on the way.',
        'return 301 https://$host$request_uri;   # nginx, in the server block of port 80',
      );
}

function cookie({ url, cookies }: SiteAnswer): Seen {
  const line = cookies.find((text) => /^[^=]*(?:tomo|session|sid|token|auth)[^=]*=/i.test(text)) ?? cookies[0];
  if (line === undefined)
    return unknown(
      'Cookies blocked: this address sets no cookie; they come with the login',
      'Name the address of a page that sets one, or look in the browser: docs/troubleshooting.md',
    );
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
  const name = pair.split('=')[0] ?? '';
  const attributes = new Map(
    rest.map((part) => part.split('=')).map(([key = '', ...value]) => [key.toLowerCase(), value.join('=')]),
  );
  const [sameSite, path] = [attributes.get('samesite'), attributes.get('path')];
  const secure = url.startsWith('https:');
  const wrong = [
    ...(attributes.has('httponly') ? [] : ['no HttpOnly: scripts of the page can read it']),
    ...(secure && !attributes.has('secure') ? ['no Secure: it is also sent over http'] : []),
    ...(!secure && attributes.has('secure') ? ['Secure on http: the browser drops it'] : []),
    ...(!secure && name.startsWith('__Host-') ? ['__Host- on http: the browser drops it'] : []),
    ...(sameSite?.toLowerCase() === 'strict' ? [] : [`SameSite is ${sameSite ?? 'not set'}, not Strict`]),
    ...(path === '/' ? [] : [`Path is ${path ?? 'not set'}, not /: it is not sent to all routes`]),
    ...(name.startsWith('__Host-') && attributes.has('domain') ? ['__Host- with a Domain: the browser drops it'] : []),
  ];
  if (wrong.length === 0)
    return ok(
      `Cookies blocked: not by the attributes of "${name}"`,
      'HttpOnly, SameSite=Strict, Path=/, Secure with https. What is left is the browser itself.',
    );
  return problem(
    `Cookies blocked: the cookie "${name}" has the wrong attributes`,
    wrong.join('\n'),
    `Set-Cookie: ${name}=…; HttpOnly; Secure; SameSite=Strict; Path=/`,
  );
}

function siteClock(ahead: number | null): Seen {
  if (ahead === null) return unknown('Clock skew: the server does not say its time');
  if (Math.abs(ahead) <= CLOCK_TOLERANCE) return ok('Clock skew: the server and this machine have the same time');
  return problem(`Clock skew: the server is ${skew(ahead)} this machine`, null, SYNC);
}
