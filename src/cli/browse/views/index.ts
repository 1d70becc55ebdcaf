import type { View, ViewName } from '../view.ts';
import { ACTIVITY_VIEW } from './activity.ts';
import { ALERTS_VIEW } from './alerts.ts';
import { AUDIT_VIEW } from './audit.ts';
import { DEVICES_VIEW } from './devices.ts';
import { REVOCATIONS_VIEW } from './revocations.ts';
import { SESSIONS_VIEW } from './sessions.ts';
import { USERS_VIEW } from './users.ts';

export const VIEWS: Readonly<Record<ViewName, View>> = {
  sessions: SESSIONS_VIEW,
  users: USERS_VIEW,
  devices: DEVICES_VIEW,
  alerts: ALERTS_VIEW,
  revocations: REVOCATIONS_VIEW,
  audit: AUDIT_VIEW,
  activity: ACTIVITY_VIEW,
};
