import { BaseCommand } from '../../cli/base/base-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { userLimitFlag } from '../../cli/input/flags.ts';
import { parseSettingKey } from '../../domain/settings/keys.ts';
import { readSetting, type Setting } from '../../domain/settings/show.ts';
import { exactSetting } from '../../domain/settings/values.ts';
import { environmentWarning } from '../../views/config/warnings.ts';
import { printable } from '../../views/printable.ts';

export default class ConfigGet extends BaseCommand {
  static override summary = 'Print the value of one setting, for scripts.';
  static override description =
    'The bare value in the unit of the setting, as config set takes it back; with --json also unit, default and origin.';
  static override examples = BaseCommand.toExamples({
    Minutes: 'tomo config get session_timeout',
    'The limit that holds for one user': 'tomo config get max_sessions_per_user --user alice',
  });
  static override args = { key: requiredArgument('Name of the setting.') };
  static override flags = { user: userLimitFlag };

  async run(): Promise<Setting> {
    const { args, flags } = await this.parse(ConfigGet);
    const key = parseSettingKey(args.key);
    return this.withDatabase(flags, async (db) => {
      const setting = await readSetting(db, key, flags.user, this.terminal.env);
      await this.print(printable(exactSetting(setting.value)));
      if (setting.environment !== null) this.caution(environmentWarning(setting));
      return setting;
    });
  }
}
