import * as Flags from '@oclif/core/flags';
import { listFlags, pageFlags } from '../../cli/input/flags.ts';
import { ListCommand } from '../../cli/list/list-command.ts';
import { parseDeviceFilter } from '../../domain/device/filter.ts';
import { countDevicesExactly, exportDevices, listDevices } from '../../domain/device/list.ts';
import type { ListResult } from '../../domain/list/page.ts';
import type { Device } from '../../model/device.ts';
import { DEVICE_LIST, noDevices } from '../../views/device/columns.ts';

const group = { helpGroup: 'FILTER' };

export default class DeviceList extends ListCommand {
  static override access = 'read' as const;
  static override summary = 'List devices: what users have logged in from.';
  static override description =
    'The latest seen first. A device is a browser family on a system with a screen and a time zone; its address does not count. Nobody is told of a login from a trusted one; alerts of new devices and of unusual places do not depend on that.';
  static override examples = [
    { description: 'Of one user', command: '<%= config.bin %> device list --user admin' },
    {
      description: 'New ones that nobody trusts yet',
      command: '<%= config.bin %> device list --new-since 7d --untrusted',
    },
    {
      description: 'Who logs in from what',
      command: '<%= config.bin %> device list --output csv --columns user,device,user-agent',
    },
  ];
  static override flags = {
    user: Flags.string({
      ...group,
      char: 'u',
      multiple: true,
      multipleNonGreedy: true,
      description: 'Of this user; may be repeated.',
      helpValue: '<name>',
    }),
    trusted: Flags.boolean({ ...group, description: 'Only trusted ones.', exclusive: ['untrusted'] }),
    untrusted: Flags.boolean({ ...group, description: 'Only those that are not.' }),
    'new-since': Flags.string({
      ...group,
      description: 'First seen at or after this time: ISO 8601, a date, 90m, 2h, 7d, today, yesterday.',
      helpValue: '<time>',
    }),
    ...pageFlags,
    ...listFlags(DEVICE_LIST),
  };

  async run(): Promise<ListResult<'devices', Device> | undefined> {
    const { flags } = await this.parse(DeviceList);
    const filter = parseDeviceFilter(flags, this.terminal.now());
    const withTotal = this.terminal.stdout.isTTY === true && !flags.quiet;
    return this.printList(DEVICE_LIST, flags, {
      read: (db) => listDevices(db, filter, { limit: flags.limit ?? 50, after: flags.after, withTotal }),
      stream: (db, write) => exportDevices(db, filter, flags.after, write),
      count: (db) => countDevicesExactly(db, filter),
      none: noDevices(filter),
    });
  }
}
