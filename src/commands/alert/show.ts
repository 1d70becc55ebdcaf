import { BaseCommand } from '../../cli/base/base-command.ts';
import { LAST, NUMBER, numberGiven } from '../../cli/input/number-argument.ts';
import { ALERTS, showAlert } from '../../domain/alert/list.ts';
import type { Alert } from '../../model/alert.ts';
import { alertHints, renderAlert } from '../../views/alert/show.ts';

export default class AlertShow extends BaseCommand {
  static override summary = 'Show one alert: the evidence, and who has received it.';
  static override examples = BaseCommand.toExamples({
    'By its number': 'tomo alert show 17',
    'The latest one': 'tomo alert show --last',
    'The evidence as it was recorded': 'tomo alert show 17 --json',
  });
  static override args = { id: NUMBER('alert') };
  static override flags = { last: LAST };

  async run(): Promise<{ alert: Alert }> {
    const { args, flags } = await this.parse(AlertShow);
    const number = numberGiven(args.id, flags.last, { noun: 'alert', list: ALERTS, all: { state: 'all' } });
    return this.withDatabase(flags, async (db) => {
      const alert = await showAlert(db, await number(db));
      await this.print(renderAlert(alert, this.look));
      this.hint(alertHints(alert));
      return { alert };
    });
  }
}
