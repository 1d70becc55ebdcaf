import { BaseCommand } from '../../cli/base/base-command.ts';
import { argument, idArguments } from '../../cli/input/arguments.ts';
import { switchFlag } from '../../cli/input/flags.ts';
import { type ReopenReport, reopenAlerts } from '../../domain/alert/acknowledge.ts';
import { parseNumberId } from '../../domain/list/number-id.ts';
import { invalidInput } from '../../model/errors.ts';
import { renderReopened } from '../../views/alert/acknowledge.ts';

export default class AlertUnack extends BaseCommand {
  static override changes = true;
  static override summary = 'Take an acknowledgement back: the alert is open again.';
  static override description =
    'By number, or with --last all that were acknowledged last, together, whoever did it; those that their own users have disowned are not among these.';
  static override examples = BaseCommand.toExamples({
    'That was the wrong one': 'tomo alert unack 17',
    'That were too many': 'tomo alert unack --last',
  });
  static override strict = false;
  static override args = { id: argument('Numbers, as many as you like; - reads them from stdin.') };
  static override flags = { last: switchFlag('Those that were acknowledged last, together.') };

  async run(): Promise<ReopenReport> {
    const { argv, flags } = await this.parse(AlertUnack);
    const given = argv as string[];
    if (given.length > 0 === flags.last) {
      throw invalidInput(
        'Which alerts? Give either numbers or --last.',
        'To look: tomo alert list --state acknowledged',
      );
    }
    const texts = flags.last ? null : await idArguments(this.terminal, given);
    const ids = texts?.map((text) => parseNumberId(text, 'alert')) ?? null;
    return this.withDatabase(flags, async (db) => {
      const report = await reopenAlerts(db, ids, this.actor);
      await this.print(renderReopened(report, this.look));
      if (report.results.some(({ outcome }) => outcome === 'not-found')) this.exitWith(4);
      return report;
    });
  }
}
