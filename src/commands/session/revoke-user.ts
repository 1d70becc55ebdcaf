import { confirm } from '../../cli/ask/confirm.ts';
import { BaseCommand } from '../../cli/base/base-command.ts';
import { canAsk } from '../../cli/base/terminal.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { keepFlag, revokeFlags } from '../../cli/input/flags.ts';
import { checkExpectation, type Preview, previewRevocation } from '../../domain/revocation/revoke.ts';
import { type RevokeUserReport, revokeUsers } from '../../domain/revocation/revoke-epoch.ts';
import { confineUsers } from '../../domain/user/operator.ts';
import { bulkQuestion, renderPreview, renderUsersRevoked, undoHint } from '../../views/session/revoke.ts';

export default class SessionRevokeUser extends BaseCommand {
  static override changes = true;
  static override access = 'change-own' as const;
  static override summary = 'Revoke all sessions of a user.';
  static override description =
    "In force at once, however many they are, whatever locks the server holds on the user. It does not keep the user from logging in again: password and deactivation are Tomo's. Asks on a terminal; a script needs no --yes.";
  static override examples = BaseCommand.toExamples({
    'Throw a user out everywhere': 'tomo session revoke-user alice',
    'Everywhere but here': 'tomo session revoke-user alice --keep 3f2a9c41',
    'A stolen password': 'tomo session revoke-user alice bob --compromised --reason "phished" --yes',
  });
  static override strict = false;
  static override args = { username: requiredArgument('User names, as many as you like.') };
  static override flags = { ...revokeFlags, keep: keepFlag };

  async run(): Promise<{ users: RevokeUserReport[] } | (Preview & { dryRun: true })> {
    const { argv, flags } = await this.parse(SessionRevokeUser);
    const usernames = argv as string[];
    return this.withDatabase(flags, async (db) => {
      confineUsers(this.operator, usernames);
      const asks = canAsk(this.terminal) && !flags.yes;
      const preview =
        flags['dry-run'] || asks
          ? await previewRevocation(
              db,
              { state: 'active', users: usernames },
              { keep: flags.keep, own: this.operator?.sessionId },
            )
          : null;
      if (preview && flags['dry-run']) {
        checkExpectation(preview.sessions, flags.expect ?? null);
        await this.print(renderPreview(preview, this.look));
        return { ...preview, dryRun: true };
      }
      if (preview && preview.sessions > 0)
        await confirm(this.terminal, bulkQuestion(preview), { yes: false, heading: renderPreview(preview, this.look) });
      const note = { actor: this.actor, reason: flags.reason ?? null, compromised: flags.compromised };
      const options = { keep: flags.keep ?? [], expect: flags.expect ?? null };
      const users = await revokeUsers(db, usernames, note, options);
      await this.print(renderUsersRevoked(users));
      const revocations = users.map((user) => user.revocation);
      this.hint(undoHint(revocations, flags.compromised));
      if (users.some((user) => user.revoked > 0))
        this.hint('They can log in again: password and deactivation are in Tomo itself.');
      return { users };
    });
  }
}
