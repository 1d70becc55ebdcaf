import { BaseCommand } from '../../cli/base/base-command.ts';
import { argument, requiredArgument } from '../../cli/input/arguments.ts';
import { switchFlag } from '../../cli/input/flags.ts';
import { labelById } from '../../domain/device/change.ts';
import { checkDeviceId } from '../../domain/device/id.ts';
import type { Device } from '../../model/device.ts';
import { invalidInput } from '../../model/errors.ts';
import { LONGEST_LABEL as LONGEST, renderLabelled } from '../../views/device/changed.ts';

export default class DeviceLabel extends BaseCommand {
  static override changes = true;
  static override summary = 'Give a device a name that people know it by.';
  static override description = 'Lists of sessions and devices show it.';
  static override examples = BaseCommand.toExamples({
    'Name it': 'tomo device label 7c1d20aa "office laptop"',
    'Take the name away': 'tomo device label 7c1d20aa --remove',
  });
  static override args = {
    id: requiredArgument('Id of the device, or its first digits (4 or more).'),
    text: argument(`The name, at most ${LONGEST} characters.`),
  };
  static override flags = { remove: switchFlag('Take the name away.') };

  async run(): Promise<{ device: Device; changed: boolean }> {
    const { args, flags } = await this.parse(DeviceLabel);
    checkDeviceId(args.id);
    const label = parseLabel(args.text, flags.remove);
    const result = await this.withDatabase(flags, (db) => labelById(db, args.id, label, this.actor));
    await this.print(renderLabelled(result, this.look));
    return result;
  }
}

function parseLabel(text: string | undefined, remove: boolean): string | null {
  if ((text === undefined) !== remove) {
    throw invalidInput(
      remove ? `A name and --remove do not go together: "${text}".` : 'No name is given.',
      'tomo device label <id> "office laptop", or tomo device label <id> --remove',
    );
  }
  const label = text?.trim();
  if (label === '') throw invalidInput('The name is empty.', 'To take it away: --remove');
  if (label && [...label].length > LONGEST) {
    throw invalidInput(`The name is ${[...label].length} characters long; at most ${LONGEST} are kept.`);
  }
  return label ?? null;
}
