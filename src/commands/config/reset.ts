import * as Flags from '@oclif/core/flags';
import { type ChangeReport, SettingsCommand } from '../../cli/base/settings-command.ts';
import { argument } from '../../cli/input/arguments.ts';
import { settingFlags, userLimitFlag } from '../../cli/input/flags.ts';
import { parseSettingKey } from '../../domain/settings/keys.ts';
import { invalidInput } from '../../model/errors.ts';
import { SETTING_KEYS } from '../../model/settings.ts';

export default class ConfigReset extends SettingsCommand {
  static override summary = 'Set settings back to their defaults.';
  static override description =
    "With --user the user's own limit goes, so that the setting counts. Asks when live sessions would end or a cleanup would delete more, which cannot be undone.";
  static override examples = SettingsCommand.toExamples({
    'One setting': 'tomo config reset session_timeout',
    Everything: 'tomo config reset --all',
    'No limit of her own any longer': 'tomo config reset max_sessions_per_user --user alice',
  });
  static override strict = false;
  static override args = { key: argument('Names of settings, as many as you like.') };
  static override flags = {
    all: Flags.boolean({ char: 'a', description: 'Every setting.' }),
    user: userLimitFlag,
    ...settingFlags,
  };

  async run(): Promise<ChangeReport> {
    const { argv, flags } = await this.parse(ConfigReset);
    const named = (argv as string[]).map(parseSettingKey);
    if (flags.all === true && (named.length > 0 || flags.user !== undefined)) {
      throw invalidInput(
        `--all is every setting of everybody, so ${flags.user === undefined ? named[0] : '--user'} does not go with it.`,
      );
    }
    if (flags.all !== true && named.length === 0) {
      throw invalidInput('Which setting? None is named.', 'tomo config reset <key>; what is set: tomo config show');
    }
    const values = Object.fromEntries((flags.all ? SETTING_KEYS : named).map((key) => [key, null]));
    return this.change(flags, { values, origin: 'database', user: flags.user });
  }
}
