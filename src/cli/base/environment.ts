/** The environment variables that tomo reads; `tomo help environment`, the man page and the README name each. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  'TOMO_DATABASE_URL, DATABASE_URL':
    'Where the sessions are: postgres://user@host/database, sqlite:FILE, or "embedded". The first one counts.',
  TOMO_CONTEXT: 'The same by the name of a context, instead of TOMO_DATABASE_URL: docs/contexts.md.',
  TOMO_SERVER: 'Whose session table it is, e.g. laravel:lifetime=120m; before what the context says.',
  'PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD':
    'The same in parts; they fill what a URL leaves out. Passwords also from ~/.pgpass.',
  'PGSERVICE, PGSERVICEFILE, PGSYSCONFDIR': 'The same as a service, and where its file is: ~/.pg_service.conf.',
  'PGSSLMODE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY': 'TLS of the connection; all others of libpq: docs/connecting.md.',
  TOMO_TOKEN: 'A session token of Tomo: act as its user, with no more than their role allows; --mine is theirs.',
  'JWT_SECRET_KEY, JWT_SECRET_KEY_FILE':
    'The key the server signs tokens with, to check and to make them; or the file that holds it (mode 0600).',
  JWT_PREVIOUS_SECRET_KEYS: 'Keys it has signed with before, separated by commas.',
  'TOMO_GEO_CITY_DATABASE, TOMO_GEO_ASN_DATABASE': 'MaxMind databases (.mmdb): where an address is, and whose.',
  TOMO_URL: 'Address of the server, for the curl line of session create.',
  'TOMO_SMTP_URL, TOMO_MAIL_FROM, TOMO_MAIL_TO':
    'Mail of alerts: smtps://user:password@host, the sender, and who gets a copy.',
  'TOMO_WEBHOOK_URL, TOMO_WEBHOOK_SECRET, TOMO_WEBHOOK_SECRET_FILE, TOMO_WEBHOOK_ALLOW':
    'Webhook of alerts: address, secret that signs them or its file, and addresses allowed though private.',
  TOMO_HEALTHCHECK_URL:
    'Called when a job of cron begins, ends and fails; {job} in it is the job: https://hc-ping.com/KEY/tomo-{job}',
  'TOMO_PAGER, PAGER': 'What a list that is longer than the screen goes through: docs/lists.md.',
  'NO_COLOR, FORCE_COLOR': 'Never or always colour; NO_COLOR wins.',
  'LC_ALL, LC_CTYPE, LANG, TERM': 'A locale that is not UTF-8, or TERM=dumb: plain characters only.',
  COLUMNS: 'Width to draw for where there is no terminal.',
  TOMO_SYSTEM_CONFIG: 'The config file of the machine, instead of /etc/tomo/config.json; empty: none.',
  'XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME':
    'Folders of the embedded database, the config file, your own audit (servers of others), code that V8 has made of the program.',
  DEBUG: 'DEBUG=tomo prints where an error happened.',
};
