import { activityFilterFlags } from '../../cli/input/filter-flags.ts';
import { columnFlags, exportFlag } from '../../cli/input/flags.ts';
import { ListCommand } from '../../cli/list/list-command.ts';
import { parseActivityFilter } from '../../domain/activity/filter.ts';
import { ACTIVITY } from '../../domain/activity/list.ts';
import { ACTIVITY_LIST } from '../../views/activity/columns.ts';

export default class ActivityExport extends ListCommand {
  static override enableJsonFlag = false;
  static override summary = 'Write activity to stdout in order of time, for another program or an archive.';
  static override description =
    'Everything the filters select, as of one moment; memory does not grow with the number of rows.';
  static override examples = ListCommand.toExamples({
    'All of it': 'tomo activity export > activity.ndjson',
    'A month for a spreadsheet':
      'tomo activity export --since 2026-10-01 --until 2026-11-01 --output csv > october.csv',
  });
  static override flags = { ...activityFilterFlags, output: exportFlag, ...columnFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ActivityExport);
    const filter = parseActivityFilter(flags, this.terminal.now());
    await this.exportList(ACTIVITY_LIST, flags, filter, (db, write) =>
      ACTIVITY.stream(db, filter, { sort: 'earliest' }, write),
    );
  }
}
