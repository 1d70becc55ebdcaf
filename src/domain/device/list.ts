import { DEVICE_ROWS } from '../../db/device/devices.ts';
import type { DeviceFilter } from '../../model/device.ts';
import { makeList } from '../list/list.ts';
import { userIdsOf } from '../user/users.ts';

/** Devices, latest seen first. */
export const DEVICES = makeList({
  rows: DEVICE_ROWS,
  orders: { newest: ['d', 'time', 'uuid'] },
  keys: ({ lastSeenAt, id }) => [lastSeenAt, id],
  resolve: async (tx, { users, not, ...filter }: DeviceFilter) => ({
    ...filter,
    userIds: await userIdsOf(tx, users),
    notUserIds: await userIdsOf(tx, not?.users),
  }),
});
