import { BaseCommand } from '../../cli/base/base-command.ts';
import { migrate } from '../../domain/schema/status.ts';

export default class DbMigrate extends BaseCommand {
  static override changes = true;
  static override makesDatabase = true;
  static override summary = 'Make or update the schema of the sessions.';
  static override description =
    `All that is pending is one transaction; running it twice, or two at once, is harmless. Logins go on, and indexes of tables
that grow are built afterwards. Needs a role that may create in the database. The embedded database does this by itself; with
--database embedded it is made where there is none.`;
  static override examples = BaseCommand.toExamples({ 'After an update of tomo': 'tomo db migrate' });

  async run(): Promise<{ applied: string[] }> {
    const { flags } = await this.parse(DbMigrate);
    return this.withDatabase(flags, async (db) => {
      const applied = await migrate(db);
      await this.print(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is up to date.');
      return { applied };
    });
  }
}
