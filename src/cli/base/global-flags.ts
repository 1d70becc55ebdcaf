import * as Flags from '@oclif/core/flags';

/** What every command takes, beside `--json`. */
export const globalFlags = {
  database: Flags.string({
    description:
      'Where the sessions are: a postgres:// URL, sqlite:FILE, or "embedded". A URL with a password belongs in TOMO_DATABASE_URL, where other users cannot see it.',
    helpValue: '<url>',
    helpGroup: 'GLOBAL',
  }),
  context: Flags.string({
    description: 'The database and the server of this name; tomo context list shows them.',
    helpValue: '<name>',
    helpGroup: 'GLOBAL',
  }),
  server: Flags.string({
    description:
      'Whose session table it is, e.g. laravel:lifetime=120m, or the file of a description; "tomo" is the schema of tomo.',
    helpValue: '<name>',
    helpGroup: 'GLOBAL',
  }),
  quiet: Flags.boolean({
    char: 'q',
    description: 'No hints and no summary; errors and results only.',
    helpGroup: 'GLOBAL',
  }),
};
