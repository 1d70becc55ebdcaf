import { BaseCommand } from '../../cli/base/base-command.ts';
import { idArguments, idsArgument } from '../../cli/input/arguments.ts';
import { switchFlag } from '../../cli/input/flags.ts';
import { type TrustReport, trustByIds } from '../../domain/device/change.ts';
import { checkDeviceId } from '../../domain/device/id.ts';
import { renderDeviceResults, trustHint } from '../../views/device/changed.ts';

export default class DeviceTrust extends BaseCommand {
  static override changes = true;
  static override summary = 'Trust devices: their user is no longer told of logins from them.';
  static override description =
    'That is all it does: it lets nobody in, and alerts of unusual places and of new devices are as before. Each id gets an answer of its own.';
  static override examples = BaseCommand.toExamples({
    'One device': 'tomo device trust 7c1d20aa',
    'No longer': 'tomo device trust 7c1d20aa --off',
    'Every device of a user': 'tomo device list --user alice --output ids | tomo device trust -',
  });
  static override strict = false;
  static override args = { id: idsArgument };
  static override flags = { off: switchFlag('No longer trust them.') };

  async run(): Promise<TrustReport> {
    const { argv, flags } = await this.parse(DeviceTrust);
    const ids = await idArguments(this.terminal, argv as string[], 'tomo device trust <id>; to look: tomo device list');
    ids.forEach(checkDeviceId);
    const report = await this.withDatabase(flags, (db) => trustByIds(db, ids, !flags.off, this.actor));
    await this.print(renderDeviceResults(report.results, this.look));
    this.hint(trustHint(report));
    if (report.results.some(({ outcome }) => outcome === 'not-found')) this.exitWith(4);
    return report;
  }
}
