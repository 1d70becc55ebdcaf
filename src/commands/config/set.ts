import { type ChangeReport, SettingsCommand } from '../../cli/base/settings-command.ts';
import { argument, requiredArgument } from '../../cli/input/arguments.ts';
import { settingFlags, userLimitFlag } from '../../cli/input/flags.ts';
import { parseAssignments } from '../../domain/settings/values.ts';

export default class ConfigSet extends SettingsCommand {
  static override summary = 'Change settings, for everybody and at once.';
  static override description =
    'A bare number is in the unit of the setting; 90s, 30m, 8h, 30d are taken where they are a whole number of it. A shorter timeout ends what is over it, a longer one brings nobody back; a lower limit evicts at the next login. Asks when live sessions would end or a cleanup would delete more, which cannot be undone.';
  static override examples = SettingsCommand.toExamples({
    'Half an hour': 'tomo config set session_timeout 30',
    'What would a shorter one end': 'tomo config set session_timeout 15 --simulate',
    'Several at once': 'tomo config set max_sessions_per_user=5 session_limit_action=deny --reason "shared accounts"',
    'For one user': 'tomo config set max_sessions_per_user 3 --user alice',
  });
  static override strict = false;
  static override args = {
    key: requiredArgument('Name of the setting; or key=value, as many as you like.'),
    value: argument('Its new value.'),
  };
  static override flags = { user: userLimitFlag, ...settingFlags };

  async run(): Promise<ChangeReport> {
    const { argv, flags } = await this.parse(ConfigSet);
    const values = parseAssignments(argv as string[]);
    return this.change(flags, { values, origin: 'database', user: flags.user });
  }
}
