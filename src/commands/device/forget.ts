import { BaseCommand, type Database } from '../../cli/base/base-command.ts';
import { idArguments, idsArgument } from '../../cli/input/arguments.ts';
import { switchFlag } from '../../cli/input/flags.ts';
import { devicesOf, type ForgetReport, forgetByIds } from '../../domain/device/change.ts';
import { checkDeviceId } from '../../domain/device/id.ts';
import { forgetHint, forgetQuestion, renderDeviceResults } from '../../views/device/changed.ts';
import { DEVICE_LIST } from '../../views/device/columns.ts';
import { renderList } from '../../views/list.ts';

export default class DeviceForget extends BaseCommand {
  static override changes = 'ends' as const;
  static override summary = 'Forget devices: the next login from them is from a new device again.';
  static override description =
    'Deletes what is known of them, label and trust too, which cannot be undone, so it asks. Their sessions stay as they are; to end those: session revoke. Each id gets an answer of its own.';
  static override examples = BaseCommand.toExamples({
    'A device that was sold': 'tomo device forget 7c1d20aa',
    Several: 'tomo device forget 7c1d20aa 51e0b3f4',
  });
  static override strict = false;
  static override args = { id: idsArgument };
  static override flags = { yes: switchFlag('Do not ask. Needed without a terminal.', 'y') };

  async run(): Promise<ForgetReport> {
    const { argv, flags } = await this.parse(DeviceForget);
    const ids = await idArguments(
      this.terminal,
      argv as string[],
      'tomo device forget <id>; to look: tomo device list',
    );
    ids.forEach(checkDeviceId);
    const report = await this.withDatabase(flags, async (db) => {
      if (!flags.yes) await this.#ask(db, ids);
      return forgetByIds(db, ids, this.actor);
    });
    await this.print(renderDeviceResults(report.results, this.look));
    this.hint(forgetHint(report));
    if (report.results.some(({ outcome }) => outcome === 'not-found')) this.exitWith(4);
    return report;
  }
  async #ask(db: Database, ids: string[]): Promise<void> {
    const found = (await devicesOf(db, ids)).filter((device) => device !== undefined);
    if (found.length === 0) return;
    await this.confirm(forgetQuestion(found.length), {
      yes: false,
      heading: renderList(found, DEVICE_LIST, this.look),
      hint: 'Look with tomo device list, then repeat with --yes.',
    });
  }
}
