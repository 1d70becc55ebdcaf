import * as Flags from '@oclif/core/flags';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand } from '../../cli/list/list-command.ts';
import type { ListResult } from '../../domain/list/page.ts';
import { countAllRevocations, exportRevocations, listRevocations } from '../../domain/revocation/list.ts';
import { parsePeriod } from '../../domain/text/time.ts';
import type { Revocation, RevocationFilter } from '../../model/revocation.ts';
import { REVOCATION_LIST } from '../../views/revocation/columns.ts';

export default class RevocationList extends ListCommand {
  static override access = 'read' as const;
  static override summary = 'List revocations: who threw whom out, and what can be undone.';
  static override description =
    'Newest first, as long as the audit is kept. A deactivated user is a revocation, too. The number is what tomo session restore takes.';
  static override examples = [
    { description: 'What can still be undone', command: '<%= config.bin %> revocation list --restorable' },
    {
      description: 'What was done to a user last week',
      command: '<%= config.bin %> revocation list --user alice --since 7d',
    },
  ];
  static override flags = {
    user: Flags.string({
      char: 'u',
      description: 'Those that ended sessions of this user, or were meant to.',
      helpValue: '<name>',
      helpGroup: 'FILTER',
    }),
    since: Flags.string({
      description: 'Made at or after this time: ISO 8601, a date, 90m, 2h, 7d, today, yesterday.',
      helpValue: '<time>',
      helpGroup: 'FILTER',
    }),
    until: Flags.string({ description: 'Made before this time.', helpValue: '<time>', helpGroup: 'FILTER' }),
    scope: Flags.option({
      options: ['sessions', 'user', 'all'] as const,
      description: 'Of chosen sessions, of all sessions of a user, or of everybody.',
      helpGroup: 'FILTER',
    })(),
    restored: Flags.boolean({
      description: 'Only those that were undone.',
      exclusive: ['standing', 'restorable'],
      helpGroup: 'FILTER',
    }),
    standing: Flags.boolean({ description: 'Only those that were not undone.', helpGroup: 'FILTER' }),
    restorable: Flags.boolean({ description: 'Only those that can be undone now.', helpGroup: 'FILTER' }),
    ...pageFlags,
    ...listFlags(REVOCATION_LIST),
  };

  async run(): Promise<ListResult<'revocations', Revocation> | undefined> {
    const { flags } = await this.parse(RevocationList);
    const filter: RevocationFilter = {
      ...parsePeriod(flags, this.terminal.now()),
      ...(flags.user === undefined ? {} : { user: flags.user }),
      ...(flags.scope ? { scopes: [flags.scope] } : {}),
      ...(flags.restored || flags.standing ? { restored: flags.restored === true } : {}),
      ...(flags.restorable ? { restorable: true } : {}),
    };
    const withTotal = this.terminal.stdout.isTTY === true && !flags.quiet;
    return this.printList(REVOCATION_LIST, flags, {
      read: (db) => listRevocations(db, filter, { limit: flags.limit ?? 50, after: flags.after, withTotal }),
      stream: (db, write) => exportRevocations(db, filter, flags.after, write),
      count: (db) => countAllRevocations(db, filter),
      none: Object.keys(filter).length > 0 ? 'No revocations match.' : 'No revocations.',
    });
  }
}
