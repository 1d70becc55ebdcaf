import { BaseCommand } from '../../cli/base/base-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { confineUsers, isConfined, withoutReasons } from '../../domain/user/operator.ts';
import { showUser, type UserDetails } from '../../domain/user/show.ts';
import { renderUser, SHOWN, userHints } from '../../views/user/show.ts';

/** Of each list in JSON. */
const MOST = 1000;

export default class UserShow extends BaseCommand {
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'Show one user: sessions, devices, places, logins, open alerts, revocations.';
  static override description = `The first ${SHOWN} of each; with --json up to ${MOST}.`;
  static override examples = BaseCommand.toExamples({
    'Is that really them?': 'tomo user show alice',
    'All of it for a program': 'tomo user show alice --json',
  });
  static override args = { username: requiredArgument('User name; where names may be shared, the id is one as well.') };

  async run(): Promise<UserDetails> {
    const { args, flags } = await this.parse(UserShow);
    return this.withDatabase(flags, async (db) => {
      confineUsers(this.operator, [args.username]);
      const alone = isConfined(this.operator);
      const found = await showUser(db, args.username, this.jsonEnabled() ? MOST : SHOWN, alone);
      const details = { ...found, revocations: withoutReasons(this.operator, found.revocations) };
      await this.print(renderUser(details, this.look));
      if (!alone) this.hint(userHints(details, args.username));
      return details;
    });
  }
}
