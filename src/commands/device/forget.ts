import { BaseCommand } from '../../cli/base/base-command.ts';
import { idArguments, idsArgument } from '../../cli/input/arguments.ts';
import { type ForgetReport, forgetByIds } from '../../domain/device/change.ts';
import { checkDeviceId } from '../../domain/device/id.ts';
import { forgetHint, renderDeviceResults } from '../../views/device/changed.ts';

export default class DeviceForget extends BaseCommand {
  static override changes = 'ends' as const;
  static override summary = 'Forget devices: the next login from them is from a new device again.';
  static override description =
    'Deletes what is known of them, label and trust too. Their sessions stay as they are; to end those: session revoke. Each id gets an answer of its own.';
  static override examples = BaseCommand.toExamples({
    'A device that was sold': 'tomo device forget 7c1d20aa',
    Several: 'tomo device forget 7c1d20aa 51e0b3f4',
  });
  static override strict = false;
  static override args = { id: idsArgument };

  async run(): Promise<ForgetReport> {
    const { argv, flags } = await this.parse(DeviceForget);
    const ids = await idArguments(
      this.terminal,
      argv as string[],
      'tomo device forget <id>; to look: tomo device list',
    );
    ids.forEach(checkDeviceId);
    const report = await this.withDatabase(flags, (db) => forgetByIds(db, ids, this.actor));
    await this.print(renderDeviceResults(report.results, this.look));
    this.hint(forgetHint(report));
    if (report.results.some(({ outcome }) => outcome === 'not-found')) this.exitWith(4);
    return report;
  }
}
