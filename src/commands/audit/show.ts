import { BaseCommand } from '../../cli/base/base-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { showAuditRow } from '../../domain/audit/list.ts';
import { parseNumberId } from '../../domain/list/number-id.ts';
import type { AuditEntry } from '../../model/audit.ts';
import { renderAuditRow } from '../../views/audit/show.ts';

export default class AuditShow extends BaseCommand {
  static override adopted = true;
  static override summary = 'Show one row of the audit: who did what, when and why, with every detail.';
  static override examples = BaseCommand.toExamples({ 'By its number': 'tomo audit show 1' });
  static override args = { id: requiredArgument('Number of the row, as tomo audit list shows it.') };

  async run(): Promise<{ entry: AuditEntry }> {
    const { args, flags } = await this.parse(AuditShow);
    const id = parseNumberId(args.id, 'audit-row');
    return this.withDatabase(flags, async (db) => {
      const entry = await showAuditRow(db, id);
      await this.print(renderAuditRow(entry, this.look));
      return { entry };
    });
  }
}
