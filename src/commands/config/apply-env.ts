import { type ChangeReport, SettingsCommand } from '../../cli/base/settings-command.ts';
import { settingFlags } from '../../cli/input/flags.ts';
import { settingsFrom } from '../../domain/settings/change.ts';
import { readSettings } from '../../domain/settings/show.ts';

export default class ConfigApplyEnv extends SettingsCommand {
  static override summary = 'Set what the environment of this command says, as a server does at its start.';
  static override description =
    'The variables are the keys in upper case: SESSION_TIMEOUT=30. What they name is set with the origin environment; what they do not name stays. Asks when live sessions would end or a cleanup would delete more, which cannot be undone.';
  static override examples = SettingsCommand.toExamples({
    'By hand': 'SESSION_TIMEOUT=30 tomo config apply-env',
    'What would the environment of the server change': 'tomo config apply-env --simulate',
  });
  static override flags = settingFlags;

  async run(): Promise<ChangeReport> {
    const { flags } = await this.parse(ConfigApplyEnv);
    const values = settingsFrom(this.terminal.env);
    return this.change(flags, { values, origin: 'environment' }, async (db) => {
      if (Object.keys(values).length === 0)
        this.hint('This environment names no setting. Variables are the keys in upper case: SESSION_TIMEOUT=30');
      const left = (await readSettings(db, {})).filter(
        ({ key, origin }) => origin === 'environment' && !(key in values),
      );
      for (const { key } of left)
        this.hint(`${key} came from an environment that this one is not, and stays: tomo config reset ${key}`);
    });
  }
}
