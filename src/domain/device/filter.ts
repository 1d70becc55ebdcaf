import type { DeviceFilter } from '../../model/device.ts';
import { userNames } from '../list/filter-text.ts';
import { type Negatable, parseNegated } from '../list/negation.ts';
import { parseMoment } from '../text/time.ts';

/** A filter as somebody types it. */
type DeviceFilterInput = Negatable<PlainInput, 'user'>;

interface PlainInput {
  user?: string[] | undefined;
  trusted?: boolean;
  untrusted?: boolean;
  'new-since'?: string | undefined;
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseDeviceFilter(input: DeviceFilterInput, now: Date): DeviceFilter {
  return {
    users: userNames(input.user),
    not: parseNegated(input, ({ user }: PlainInput) => ({ users: userNames(user) })),
    trusted: input.trusted || input.untrusted ? input.trusted === true : undefined,
    newSince: input['new-since'] === undefined ? undefined : parseMoment(input['new-since'], 'new-since', now),
  };
}
