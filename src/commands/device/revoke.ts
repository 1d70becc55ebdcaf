import { requireTerminal } from '../../cli/ask/confirm.ts';
import { RevokeCommand, type RevokedByFilter } from '../../cli/base/revoke-command.ts';
import { idArguments, idsArgument } from '../../cli/input/arguments.ts';
import { keepFlag, revokeFlags } from '../../cli/input/flags.ts';
import { checkDeviceId } from '../../domain/device/id.ts';
import { devicesFilter } from '../../domain/device/show.ts';

export default class DeviceRevoke extends RevokeCommand {
  static override changes = 'ends' as const;
  static override summary = 'Revoke all sessions from these devices.';
  static override description =
    'The same as tomo session revoke --device ID. The device stays known: a login from it is none from a new device. Asks first; a script says --yes.';
  static override examples = RevokeCommand.toExamples({
    'A stolen laptop': 'tomo device revoke 7c1d20aa --reason "stolen laptop"',
    'Only say what it would end': 'tomo device revoke 7c1d20aa --dry-run',
  });
  static override strict = false;
  static override args = { id: idsArgument };
  static override flags = { keep: keepFlag, ...revokeFlags };

  async run(): Promise<RevokedByFilter> {
    const { argv, flags } = await this.parse(DeviceRevoke);
    const way = 'tomo device revoke <id>; to look: tomo device list';
    const ids = await idArguments(this.terminal, argv as string[], way);
    ids.forEach(checkDeviceId);
    if (!flags.yes && !flags['dry-run']) requireTerminal(this.terminal);
    return this.withDatabase(flags, async (db) => this.revokeSelected(db, await devicesFilter(db, ids), flags));
  }
}
