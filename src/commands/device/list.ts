import * as Flags from '@oclif/core/flags';
import { beginningFlag, filtering, usersFlag, withOpposites } from '../../cli/input/filter-flags.ts';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand, type ListResult } from '../../cli/list/list-command.ts';
import { parseDeviceFilter } from '../../domain/device/filter.ts';
import { DEVICES } from '../../domain/device/list.ts';
import type { Device } from '../../model/device.ts';
import { DEVICE_LIST } from '../../views/device/columns.ts';

export default class DeviceList extends ListCommand {
  static override summary = 'List devices: what users have logged in from.';
  static override description =
    'The latest seen first. A device is a browser family on a system with a screen and a time zone; its address does not count. Nobody is told of a login from a trusted one; alerts of new devices and of unusual places do not depend on that.';
  static override examples = ListCommand.toExamples({
    'Of one user': 'tomo device list --user admin',
    'New ones that nobody trusts yet': 'tomo device list --new-since 7d --untrusted',
    'Who logs in from what': 'tomo device list --output csv --columns user,device,user-agent',
  });
  static override flags = {
    ...withOpposites({ user: usersFlag('Of') }),
    trusted: Flags.boolean({ ...filtering, description: 'Only trusted ones.', exclusive: ['untrusted'] }),
    untrusted: Flags.boolean({ ...filtering, description: 'Only those that are not.' }),
    'new-since': beginningFlag('First seen at or after'),
    ...pageFlags,
    ...listFlags(DEVICE_LIST),
  };

  async run(): Promise<ListResult<'devices', Device> | undefined> {
    const { flags } = await this.parse(DeviceList);
    const filter = parseDeviceFilter(flags, this.terminal.now());
    return this.printPages(DEVICE_LIST, DEVICES, flags, { filter, sort: 'newest' });
  }
}
