import { BaseCommand } from '../../cli/base/base-command.ts';
import { type SchemaStatus, schemaStatus } from '../../domain/schema/status.ts';
import { renderStatus } from '../../views/db/status.ts';

export default class DbStatus extends BaseCommand {
  static override access = 'none' as const;
  static override summary = 'Show which database this is and whether its schema fits.';
  static override description = 'Exit 7 when the schema is missing, older or newer than this tomo can use.';
  static override examples = BaseCommand.toExamples({ 'Before an update': 'tomo db status' });

  protected override readonly saysWhere = true;

  async run(): Promise<SchemaStatus> {
    const { flags } = await this.parse(DbStatus);
    return this.withDatabase(flags, async (db) => {
      const status = await schemaStatus(db);
      await this.print(renderStatus(status, this.look));
      if (status.state !== 'current' && status.state !== 'compatible') this.exitWith(7);
      return status;
    });
  }
}
