import { auditFilterFlags } from '../../cli/input/filter-flags.ts';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { parseAuditFilter } from '../../domain/audit/filter.ts';
import { AUDIT } from '../../domain/audit/list.ts';
import type { AuditEntry } from '../../model/audit.ts';
import { AUDIT_LIST } from '../../views/audit/columns.ts';

export default class AuditList extends ListCommand {
  static override adopted = true;
  static override summary = 'List the audit: who has changed what, when and why.';
  static override description =
    'Newest first: revocations, restores, cleanups, settings, alerts, devices. Logins and requests are not in it. A user "(claimed)" comes from TOMO_TOKEN; the database role is what the database itself knows.';
  static override examples = ListCommand.toExamples({
    'What has happened': 'tomo audit list',
    'What was done to a user, and by whom': 'tomo audit list --user alice',
    'Who has changed a setting since last week': 'tomo audit list --action set --since 7d',
    'What one operator did': 'tomo audit list --actor olga@ --output wide',
  });
  static override flags = { ...auditFilterFlags, ...pageFlags, ...listFlags(AUDIT_LIST) };

  async run(): Promise<ListResult<'entries', AuditEntry> | undefined> {
    const { flags } = await this.parse(AuditList);
    const filter = parseAuditFilter(flags, this.terminal.now());
    return this.printPages(AUDIT_LIST, AUDIT, flags, { filter, sort: 'newest' });
  }
}
