import { BaseCommand } from '../../cli/base/base-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { showAlert } from '../../domain/alert/list.ts';
import { parseNumberId } from '../../domain/list/number-id.ts';
import type { Alert } from '../../model/alert.ts';
import { alertHints, renderAlert } from '../../views/alert/show.ts';

export default class AlertShow extends BaseCommand {
  static override summary = 'Show one alert: the evidence, and who has received it.';
  static override examples = BaseCommand.toExamples({
    'By its number': 'tomo alert show 17',
    'The evidence as it was recorded': 'tomo alert show 17 --json',
  });
  static override args = { id: requiredArgument('Number of the alert.') };

  async run(): Promise<{ alert: Alert }> {
    const { args, flags } = await this.parse(AlertShow);
    const id = parseNumberId(args.id, 'alert');
    return this.withDatabase(flags, async (db) => {
      const alert = await showAlert(db, id);
      await this.print(renderAlert(alert, this.look));
      this.hint(alertHints(alert));
      return { alert };
    });
  }
}
