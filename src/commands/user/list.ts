import * as Flags from '@oclif/core/flags';
import { argument } from '../../cli/input/arguments.ts';
import { choicesFlag, filtering, textFlag, withOpposites } from '../../cli/input/filter-flags.ts';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { parseUserFilter } from '../../domain/user/filter.ts';
import { USERS } from '../../domain/user/list.ts';
import { invalidInput } from '../../model/errors.ts';
import { ROLES, type User } from '../../model/user.ts';
import { USER_LIST } from '../../views/user/columns.ts';

export default class UserList extends ListCommand {
  static override adopted = true;
  static override summary = 'List users: how many live sessions, of how many allowed, when they were last here.';
  static override description =
    'In order of name. The limit is the setting max_sessions_per_user, or the user\'s own ("own"); "!" marks who has more sessions than that: a lowered limit holds from the next login on.';
  static override examples = ListCommand.toExamples({
    'Who has the most sessions': 'tomo user list --sort sessions --limit 10',
    'By a part of the name or e-mail address': 'tomo user list ali',
    'Inactive users, the latest seen first': 'tomo user list --inactive --sort seen',
    'Names for a script': 'tomo user list --over-limit --columns user',
  });
  static override args = { name: argument('User name or e-mail address contains this; the same as --name.') };
  static override flags = {
    ...withOpposites({
      name: textFlag('<text>', 'User name or e-mail address contains this.'),
      role: choicesFlag(ROLES, 'With this role; may be repeated.'),
    }),
    active: Flags.boolean({ ...filtering, description: 'Only users who may log in.', exclusive: ['inactive'] }),
    inactive: Flags.boolean({ ...filtering, description: 'Only users who may not.' }),
    'with-sessions': Flags.boolean({ ...filtering, description: 'Only users with live sessions.' }),
    'over-limit': Flags.boolean({ ...filtering, description: 'Only users with more live sessions than their limit.' }),
    ...pageFlags,
    ...listFlags(USER_LIST, ' [default: name]'),
  };

  async run(): Promise<ListResult<'users', User> | undefined> {
    const { args, flags } = await this.parse(UserList);
    if (args.name !== undefined && flags.name !== undefined) {
      throw invalidInput(`A name is given twice: ${args.name} and --name ${flags.name}.`);
    }
    const filter = parseUserFilter({ ...flags, name: args.name ?? flags.name });
    return this.printPages(USER_LIST, USERS, flags, { filter, sort: 'name' });
  }
}
