import { BaseCommand } from '../cli/base/base-command.ts';
import { type Identity, readIdentity } from '../domain/user/identity.ts';
import { renderIdentity } from '../views/user/identity.ts';

export default class Whoami extends BaseCommand {
  static override access = 'own' as const;
  static override adopted = true;
  static override summary = 'Show who you are here: which database and role, and whom the audit will name.';
  static override examples = BaseCommand.toExamples({ 'Before something is changed': 'tomo whoami' });

  protected override readonly saysWhere = true;

  async run(): Promise<Identity> {
    const { flags } = await this.parse(Whoami);
    return this.withDatabase(flags, async (db) => {
      const identity = await readIdentity(db, this.operator, this.actor);
      await this.print(renderIdentity(identity, this.look));
      return identity;
    });
  }
}
