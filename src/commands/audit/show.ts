import { BaseCommand } from '../../cli/base/base-command.ts';
import { LAST, NUMBER, numberGiven } from '../../cli/input/number-argument.ts';
import { AUDIT, showAuditRow } from '../../domain/audit/list.ts';
import type { AuditEntry } from '../../model/audit.ts';
import { renderAuditRow } from '../../views/audit/show.ts';

export default class AuditShow extends BaseCommand {
  static override adopted = true;
  static override summary = 'Show one row of the audit: who did what, when and why, with every detail.';
  static override examples = BaseCommand.toExamples({
    'By its number': 'tomo audit show 1',
    'What was done last': 'tomo audit show --last',
  });
  static override args = { id: NUMBER('audit-row') };
  static override flags = { last: LAST };

  async run(): Promise<{ entry: AuditEntry }> {
    const { args, flags } = await this.parse(AuditShow);
    const number = numberGiven(args.id, flags.last, { noun: 'audit-row', list: AUDIT, all: {} });
    return this.withDatabase(flags, async (db) => {
      const entry = await showAuditRow(db, await number(db));
      await this.print(renderAuditRow(entry, this.look));
      return { entry };
    });
  }
}
