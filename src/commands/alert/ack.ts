import * as Flags from '@oclif/core/flags';
import { BaseCommand, type Database } from '../../cli/base/base-command.ts';
import { argument, idArguments } from '../../cli/input/arguments.ts';
import { alertFilterFlags } from '../../cli/input/filter-flags.ts';
import { switchFlag } from '../../cli/input/flags.ts';
import { LAST, numberGiven } from '../../cli/input/number-argument.ts';
import {
  type AcknowledgeReport,
  acknowledgeById,
  acknowledgeMany,
  openAlerts,
} from '../../domain/alert/acknowledge.ts';
import { parseAlertFilter } from '../../domain/alert/filter.ts';
import { ALERTS } from '../../domain/alert/list.ts';
import { parseNumberId } from '../../domain/list/number-id.ts';
import type { AlertFilter } from '../../model/alert.ts';
import { invalidInput } from '../../model/errors.ts';
import { renderAcknowledged } from '../../views/alert/acknowledge.ts';
import { plural } from '../../views/number.ts';

export default class AlertAck extends BaseCommand {
  static override changes = true;
  static override summary = 'Acknowledge alerts: somebody has looked.';
  static override description =
    'They leave the list of open alerts and stay in --state all, with your name, and alert unack takes it back. Whether they are delivered does not depend on it: the user still gets the message.';
  static override examples = BaseCommand.toExamples({
    'Two of them': 'tomo alert ack 17 18',
    'What a list selects': 'tomo alert ack --user alice --kind new_device',
    'The latest open one': 'tomo alert ack --last',
    'Every open one': 'tomo alert ack --all',
  });
  static override strict = false;
  static override args = { id: argument('Numbers, as many as you like; - reads them from stdin.') };
  static override flags = {
    ...alertFilterFlags,
    all: Flags.boolean({ char: 'a', description: 'Every open alert. Asks first.' }),
    last: LAST,
    yes: switchFlag('Do not ask about all of them. Needed without a terminal.', 'y'),
  };

  async run(): Promise<AcknowledgeReport> {
    const { argv, flags } = await this.parse(AlertAck);
    const given = argv as string[];
    const narrowed = Object.keys(alertFilterFlags).some((name) => flags[name as keyof typeof flags] !== undefined);
    if ([given.length > 0, narrowed, flags.all === true, flags.last].filter(Boolean).length !== 1) {
      throw invalidInput(
        'Which alerts? Give either numbers, or filters, or --last, or --all.',
        'tomo alert ack 17, or a filter such as --user NAME.',
      );
    }
    const latest = flags.last && numberGiven(undefined, true, { noun: 'alert', list: ALERTS, all: { state: 'open' } });
    const texts = given.length > 0 ? await idArguments(this.terminal, given) : [];
    const ids = texts.map((text) => parseNumberId(text, 'alert'));
    const filter = parseAlertFilter(flags, 'open', this.terminal.now());
    return this.withDatabase(flags, async (db) => {
      const chosen = latest ? [await latest(db)] : ids;
      const report = await (chosen.length > 0
        ? acknowledgeById(db, chosen, this.actor)
        : acknowledgeMany(db, await this.#selected(db, filter, flags), this.actor));
      await this.print(renderAcknowledged(report, this.look));
      if (report.results.some((result) => result.outcome === 'not-found')) this.exitWith(4);
      return report;
    });
  }
  /** What is counted is what is acknowledged: not an alert that comes while the question is read. */
  async #selected(db: Database, filter: AlertFilter, { all, yes }: { all?: boolean; yes: boolean }): Promise<number[]> {
    const ids = await openAlerts(db, filter);
    if (all && ids.length > 0) await this.confirm(`Acknowledge ${plural(ids.length, 'alert')}?`, { yes, hint: REPEAT });
    return ids;
  }
}

const REPEAT = 'Look with tomo alert list, then repeat with --yes.';
