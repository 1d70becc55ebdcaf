import { alertFilterFlags, filtering } from '../../cli/input/filter-flags.ts';
import { choiceFlag, listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { parseAlertFilter } from '../../domain/alert/filter.ts';
import { ALERTS } from '../../domain/alert/list.ts';
import { ALERT_STATES, type Alert } from '../../model/alert.ts';
import { ALERT_LIST } from '../../views/alert/columns.ts';

export default class AlertList extends ListCommand {
  static override summary = 'List alerts: logins from new devices and unusual places.';
  static override description =
    'Those that nobody has acknowledged, newest first. Alerts are raised where the settings new_device_alerts, location_alerts and login_notifications ask for them.';
  static override examples = ListCommand.toExamples({
    'What nobody has looked at yet': 'tomo alert list',
    'Everything about one user': 'tomo alert list --user alice --state all',
    'What could not be delivered': 'tomo alert list --state all --delivery dead --columns id,user,error',
  });
  static override flags = {
    ...alertFilterFlags,
    state: choiceFlag(ALERT_STATES, 'open', 'Open ones, acknowledged ones, or both.', filtering),
    ...pageFlags,
    ...listFlags(ALERT_LIST),
  };

  async run(): Promise<ListResult<'alerts', Alert> | undefined> {
    const { flags } = await this.parse(AlertList);
    const filter = parseAlertFilter(flags, flags.state, this.terminal.now());
    return this.printPages(ALERT_LIST, ALERTS, flags, { filter, sort: 'newest' });
  }
}
