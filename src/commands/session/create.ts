import { BaseCommand } from '../../cli/base/base-command.ts';
import { KEY_HINT } from '../../cli/base/operator.ts';
import { serverUrl } from '../../cli/connect/server-url.ts';
import { readSigningKeys } from '../../cli/connect/signing-keys.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { choiceFlag, presetDurationFlag, revokeFlags, switchFlag, valueFlag } from '../../cli/input/flags.ts';
import { type CreatedSession, createSession, findUser } from '../../domain/session/create.ts';
import { invalidInput } from '../../model/errors.ts';
import { createdHint, renderCreated } from '../../views/session/create.ts';

/** Seconds. */
const SHORTEST = 60;
const LONGEST = 30 * 86_400;

export default class SessionCreate extends BaseCommand {
  static override changes = true;
  static override summary = 'Open a session for a user and print its token, for scripts and support.';
  static override description = [
    'A login like any other, by the method "cli": it counts for the session limit, raises alerts and is audited.',
    'Only the token goes to stdout. It is short-lived; the session itself follows the timeouts, so revoke it when you are done.',
    'Needs the signing key of the server. For an admin it asks first, or needs --yes.',
  ].join(' ');
  static override examples = BaseCommand.toExamples({
    'For a script': 'TOKEN=$(tomo session create ci-deploy --reason "nightly check")',
    'Look at what alice sees': 'tomo session create alice --format curl --url https://tomo.example.org/',
  });
  static override args = { username: requiredArgument('Name of the user.') };
  static override flags = {
    format: choiceFlag(
      ['token', 'cookie', 'json', 'curl'],
      'token',
      'The token alone, a Cookie header, everything as JSON, or a command.',
    ),
    lifetime: presetDurationFlag(900, 'How long the token is good. [default: 15m]'),
    'remember-me': switchFlag('The session lasts for remember_me_timeout instead of session_timeout.'),
    url: valueFlag('<url>', 'Address of the server, for cookie and curl. [default: TOMO_URL]'),
    reason: { ...revokeFlags.reason, description: 'Why; kept in the audit.' },
    yes: switchFlag('Do not ask, for an admin. Needed without a terminal.', 'y'),
  };

  async run(): Promise<CreatedSession> {
    const { args, flags } = await this.parse(SessionCreate);
    const { lifetime, format } = flags;
    if (lifetime < SHORTEST || lifetime > LONGEST) throw invalidInput('--lifetime is from 1m to 30d.');
    const url = serverUrl(flags.url, this.terminal.env);
    if (format === 'curl' && !url) {
      throw invalidInput(
        'A curl line needs the address of the server.',
        '--url https://tomo.example.org/, or TOMO_URL',
      );
    }
    const keys = readSigningKeys(this.terminal.env);
    if (!keys) throw invalidInput('There is no signing key, so no token can be made. Nothing was opened.', KEY_HINT);
    return this.withDatabase(flags, async (db) => {
      const user = await findUser(db, args.username);
      if (user.role === 'admin' && user.id !== this.operator?.userId) {
        await this.confirm(`${user.username} is an admin. Open a session as ${user.username}?`, {
          yes: flags.yes,
          hint: 'Repeat with --yes.',
        });
      }
      const created = await createSession(db, user.id, keys, {
        actor: this.actor,
        reason: flags.reason ?? null,
        rememberMe: flags['remember-me'],
        lifetime,
        userAgent: `tomo/${this.config.version}`,
      });
      if (format !== 'json') await this.print(renderCreated(created, format, url));
      this.hint(createdHint(created, this.look));
      if (this.terminal.stdout.isTTY)
        this.hint('The token stays in the scrollback of this terminal; a script takes it by TOKEN=$(…).');
      if (url?.protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
        this.caution('over http the token can be read by everybody on the way.');
      }
      return created;
    });
  }
}
