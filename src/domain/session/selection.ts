import type { Transaction } from '../../db/port/database.ts';
import type { NegatedFilter, SessionFilter } from '../../model/session.ts';
import { findDevice } from '../device/id.ts';
import { userIdsOf } from '../user/users.ts';
import { parseIdPrefix, requireSession } from './id.ts';

/** Digits of an id; fewer than eight letters are rather a word. */
const DEVICE_ID = /^(?=.*\d|.{8})[0-9a-f]{4,32}$/i;

/** The filter with what it names looked up. Throws NOT_FOUND for an unknown user or session, AMBIGUOUS_ID. */
export async function resolveFilter(tx: Transaction, filter: SessionFilter): Promise<SessionFilter> {
  const resolved = { ...(await resolveNamed(tx, filter)) };
  if (filter.idPrefix !== undefined) resolved.idPrefix = parseIdPrefix(tx, filter.idPrefix);
  if (filter.not) resolved.not = await resolveNamed(tx, filter.not);
  return resolved;
}

async function resolveNamed<F extends NegatedFilter>(tx: Transaction, filter: F): Promise<F> {
  const resolved = { ...filter };
  const userIds = await userIdsOf(tx, filter.users);
  if (filter.relatedTo !== undefined) resolved.relatedTo = (await requireSession(tx, filter.relatedTo)).id;
  for (const [i, text] of filter.devices?.entries() ?? []) {
    const device =
      tx.sessions.server.isTomo && DEVICE_ID.test(text.replaceAll('-', ''))
        ? await findDevice(tx, text, userIds)
        : undefined;
    if (device) resolved.devices = resolved.devices?.with(i, device.id);
  }
  return resolved;
}
