import { activityFilterFlags } from '../../cli/input/filter-flags.ts';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { parseActivityFilter } from '../../domain/activity/filter.ts';
import { ACTIVITY } from '../../domain/activity/list.ts';
import type { ActivityEntry } from '../../model/activity.ts';
import { ACTIVITY_LIST } from '../../views/activity/columns.ts';

export default class ActivityList extends ListCommand {
  static override summary = 'List what sessions did: pages, API calls and actions, latest first.';
  static override description =
    'What the server recorded, of live and of ended sessions. It is kept longer than the sessions themselves; the user of a deleted one is no longer known.';
  static override examples = ListCommand.toExamples({
    'What a session did': 'tomo activity list --session 3f2a9c41',
    'What was refused in the last hour': 'tomo activity list --since 1h --status 401,403',
    'Who did something last night': 'tomo activity list --since 22:00 --until 06:00 --columns user',
    'What one user did to containers': 'tomo activity list --user bob --kind action --path /containers',
  });
  static override flags = { ...activityFilterFlags, ...pageFlags, ...listFlags(ACTIVITY_LIST) };

  async run(): Promise<ListResult<'activity', ActivityEntry> | undefined> {
    const { flags } = await this.parse(ActivityList);
    const filter = parseActivityFilter(flags, this.terminal.now());
    return this.printPages(ACTIVITY_LIST, ACTIVITY, flags, { filter, sort: 'latest' });
  }
}
