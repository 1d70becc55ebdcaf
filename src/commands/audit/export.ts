import { auditFilterFlags } from '../../cli/input/filter-flags.ts';
import { columnFlags, exportFlag } from '../../cli/input/flags.ts';
import { ListCommand } from '../../cli/list/list-command.ts';
import { parseAuditFilter } from '../../domain/audit/filter.ts';
import { streamAuditChain } from '../../domain/audit/list.ts';
import { AUDIT_EXPORT } from '../../views/audit/columns.ts';

export default class AuditExport extends ListCommand {
  static override enableJsonFlag = false;
  static override adopted = true;
  static override summary = 'Write the audit to stdout, oldest first, in a form that anybody can verify.';
  static override description =
    'Each line of ndjson has "covered", the text that its hash covers, and "prev", the hash of the row before it: hash = SHA-256 of prev (as bytes) and covered (as UTF-8). docs/audit.md has a script that checks a whole file. csv is for spreadsheets, which change texts; it has the hashes to compare. Memory does not grow with the number of rows.';
  static override examples = ListCommand.toExamples({
    'Everything, for an archive': 'tomo audit export > audit.ndjson',
    'A quarter, for a spreadsheet': 'tomo audit export --since 2026-07-01 --until 2026-10-01 --output csv > audit.csv',
  });
  static override flags = { ...auditFilterFlags, output: exportFlag, ...columnFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditExport);
    const filter = parseAuditFilter(flags, this.terminal.now());
    await this.exportList(AUDIT_EXPORT, flags, filter, (db, write) => streamAuditChain(db, filter, write));
  }
}
