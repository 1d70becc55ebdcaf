import { type Late, RevokeCommand } from '../../cli/base/revoke-command.ts';
import { canAsk } from '../../cli/base/terminal.ts';
import { argument } from '../../cli/input/arguments.ts';
import { keepFlag, revokeFlags, usernamesFlag } from '../../cli/input/flags.ts';
import { canUndo } from '../../domain/revocation/restore-adopted.ts';
import type { Preview } from '../../domain/revocation/revoke.ts';
import { type RevokeUserReport, revokeUsers } from '../../domain/revocation/revoke-epoch.ts';
import { confineIds, confineUsers } from '../../domain/user/operator.ts';
import { invalidInput } from '../../model/errors.ts';
import { comeAgainWords, renderUsersRevoked } from '../../views/session/revoke.ts';

export default class SessionRevokeUser extends RevokeCommand {
  static override changes = 'ends' as const;
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'Revoke all sessions of a user.';
  static override description =
    "In force at once, however many they are, whatever locks the server holds on the user. It does not keep the user from logging in again: password and deactivation are Tomo's. Asks on a terminal; a script needs no --yes, except with --compromised.";
  static override examples = RevokeCommand.toExamples({
    'Throw a user out everywhere': 'tomo session revoke-user alice',
    'Everywhere but here': 'tomo session revoke-user alice --keep 3f2a9c41',
    'A stolen password': 'tomo session revoke-user alice bob --compromised --reason "phished" --yes',
  });
  static override strict = false;
  static override args = { username: argument('User names, as many as you like.') };
  static override flags = { ...revokeFlags, keep: keepFlag, username: usernamesFlag };

  async run(): Promise<({ users: RevokeUserReport[] } & Late) | (Preview & { dryRun: true })> {
    const { argv, flags } = await this.parse(SessionRevokeUser);
    const usernames = [...(argv as string[]), ...(flags.username ?? [])];
    if (usernames.length === 0)
      throw invalidInput('Whose sessions? No username is given.', 'See tomo session revoke-user --help');
    return this.withDatabase(flags, async (db) => {
      confineUsers(this.operator, usernames);
      const asked = (canAsk(this.terminal) || (flags.compromised && canUndo(db))) && !flags.yes;
      const keep = [...(await confineIds(db, this.operator, flags.keep ?? []))];
      const preview = await this.preview(db, { state: 'active', users: usernames }, { ...flags, keep }, asked);
      if (preview?.dryRun) return preview;
      if (preview) await this.ask(db, preview, flags);
      const options = { keep, expect: flags.expect ?? null };
      const users = await revokeUsers(db, usernames, this.noteOf(flags), options);
      await this.print(renderUsersRevoked(users));
      const made = users.map(({ revocation }) => revocation);
      const late = this.tellAfter(db, made, flags, users[0]);
      if (users.some((user) => user.revoked > 0)) this.hint(comeAgainWords(db.sessions.server));
      return { users, ...late };
    });
  }
}
