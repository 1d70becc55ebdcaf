import { type ChangeReport, SettingsCommand } from '../../cli/base/settings-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { settingFlags } from '../../cli/input/flags.ts';
import { PRESETS, parsePreset } from '../../domain/settings/keys.ts';

const USES = Object.entries(PRESETS).map(
  ([name, { session_timeout, use }]) => `${name}: ${session_timeout} min, for ${use}`,
);

export default class ConfigPreset extends SettingsCommand {
  static override summary = 'Set the session timeout that is recommended for a use.';
  static override description =
    'Only session_timeout, and nothing else: sessions with Remember Me go by remember_me_timeout, and limit, alerts and retention stay as they are. Asks when live sessions would end or a cleanup would delete more, which cannot be undone.';
  static override examples = SettingsCommand.toExamples({
    'On a shared workstation': 'tomo config preset shared',
    'Whom would a kiosk throw out': 'tomo config preset kiosk --simulate',
  });
  static override args = { name: requiredArgument(`${USES.join('; ')}.`) };
  static override flags = settingFlags;

  async run(): Promise<ChangeReport> {
    const { args, flags } = await this.parse(ConfigPreset);
    const { session_timeout } = PRESETS[parsePreset(args.name)];
    return this.change(flags, { values: { session_timeout }, origin: 'database' }, async () =>
      this.hint('Sessions with Remember Me are not concerned: tomo config get remember_me_timeout'),
    );
  }
}
