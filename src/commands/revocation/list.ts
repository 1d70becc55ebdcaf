import * as Flags from '@oclif/core/flags';
import { filtering, sinceFlag, untilFlag, userFlag, withOpposites } from '../../cli/input/filter-flags.ts';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { parseRevocationFilter } from '../../domain/revocation/filter.ts';
import { REVOCATIONS } from '../../domain/revocation/list.ts';
import type { Revocation } from '../../model/revocation.ts';
import { REVOCATION_LIST } from '../../views/revocation/columns.ts';

export default class RevocationList extends ListCommand {
  static override adopted = true;
  static override summary = 'List revocations: who threw whom out, and what can be undone.';
  static override description =
    'Newest first, as long as the audit is kept. A deactivated user is a revocation, too. The number is what tomo session restore takes.';
  static override examples = ListCommand.toExamples({
    'What can still be undone': 'tomo revocation list --restorable',
    'What was done to a user last week': 'tomo revocation list --user alice --since 7d',
  });
  static override flags = {
    ...withOpposites({
      user: userFlag('Those that ended sessions of this user, or were meant to.'),
      scope: Flags.option({
        ...filtering,
        options: ['sessions', 'user', 'all'] as const,
        description: 'Of chosen sessions, of all sessions of a user, or of everybody.',
      })(),
    }),
    since: sinceFlag('Made at or after'),
    until: untilFlag('Made before'),
    restored: Flags.boolean({
      ...filtering,
      description: 'Only those that were undone.',
      exclusive: ['standing', 'restorable'],
    }),
    standing: Flags.boolean({ ...filtering, description: 'Only those that were not undone.' }),
    restorable: Flags.boolean({ ...filtering, description: 'Only those that can be undone now.' }),
    ...pageFlags,
    ...listFlags(REVOCATION_LIST),
  };

  async run(): Promise<ListResult<'revocations', Revocation> | undefined> {
    const { flags } = await this.parse(RevocationList);
    const filter = parseRevocationFilter(flags, this.terminal.now());
    return this.printPages(REVOCATION_LIST, REVOCATIONS, flags, { filter, sort: 'newest' });
  }
}
