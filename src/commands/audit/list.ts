import { auditFilterFlags, parseAuditFilter } from '../../cli/input/audit-flags.ts';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand } from '../../cli/list/list-command.ts';
import { countAuditEntries, listAudit, streamAuditEntries } from '../../domain/audit/list.ts';
import type { ListResult } from '../../domain/list/page.ts';
import type { AuditEntry } from '../../model/audit.ts';
import { AUDIT_LIST, noEntries } from '../../views/audit/columns.ts';

export default class AuditList extends ListCommand {
  static override access = 'read' as const;
  static override summary = 'List the audit: who has changed what, when and why.';
  static override description =
    'Newest first: revocations, restores, cleanups, settings, alerts, devices. Logins and requests are not in it. A user "(claimed)" comes from TOMO_TOKEN; the database role is what the database itself knows.';
  static override examples = [
    { description: 'What has happened', command: '<%= config.bin %> audit list' },
    { description: 'What was done to a user, and by whom', command: '<%= config.bin %> audit list --user alice' },
    {
      description: 'Who has changed a setting since last week',
      command: '<%= config.bin %> audit list --action set --since 7d',
    },
    { description: 'What one operator did', command: '<%= config.bin %> audit list --actor olga@ --output wide' },
  ];
  static override flags = { ...auditFilterFlags, ...pageFlags, ...listFlags(AUDIT_LIST) };

  async run(): Promise<ListResult<'entries', AuditEntry> | undefined> {
    const { flags } = await this.parse(AuditList);
    const filter = parseAuditFilter(flags, this.terminal.now());
    const withTotal = this.terminal.stdout.isTTY === true && !flags.quiet;
    return this.printList(AUDIT_LIST, flags, {
      read: (db) => listAudit(db, filter, { limit: flags.limit ?? 50, after: flags.after, withTotal }),
      stream: (db, write) => streamAuditEntries(db, filter, flags.after, write),
      count: (db) => countAuditEntries(db, filter),
      none: noEntries(Object.keys(filter).length > 0),
    });
  }
}
