import { BaseCommand } from '../../cli/base/base-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { checkDeviceId } from '../../domain/device/id.ts';
import { type DeviceDetails, showDevice } from '../../domain/device/show.ts';
import { deviceHints, renderDevice } from '../../views/device/show.ts';

export default class DeviceShow extends BaseCommand {
  static override summary = 'Show one device: whose it is, since when, and what is open on it.';
  static override examples = BaseCommand.toExamples({ 'By the first digits of its id': 'tomo device show 7c1d20aa' });
  static override args = { id: requiredArgument('Id of the device, or its first digits (4 or more).') };

  async run(): Promise<DeviceDetails> {
    const { args, flags } = await this.parse(DeviceShow);
    checkDeviceId(args.id);
    return this.withDatabase(flags, async (db) => {
      const details = await showDevice(db, args.id);
      await this.print(renderDevice(details, this.look));
      this.hint(deviceHints(details));
      return details;
    });
  }
}
