import { bulkQuestion } from '../../../views/session/revoke.ts';
import type { Action } from '../view.ts';
import { REASON } from './reason.ts';

/** What sessions are revoked of. */
interface Holder {
  username: string;
  liveSessions: number;
}

/**
 * To revoke all live sessions of what rows stand for: `of` or `from` them. `own`: whether the operator's session is
 * among theirs, where the id of their user is `currentUser`.
 */
export function revokeAllOf<Row extends Holder>(
  preposition: 'of' | 'from',
  own: (row: Row, currentUser: string) => boolean | 'perhaps',
  action: Pick<Action<Row>, 'name' | 'none' | 'run'>,
): Action<Row> {
  return {
    ...action,
    key: 'x',
    what: `revoke all sessions ${preposition} the marked, or ${preposition} the one under the cursor`,
    foot: 'revoke all',
    access: 'admin',
    ends: true,
    prompt: REASON,
    fits: ({ liveSessions }) => liveSessions > 0,
    question(rows, { currentUser }) {
      const owns = currentUser === undefined ? [] : rows.map((row) => own(row, currentUser));
      return bulkQuestion({
        sessions: rows.reduce((sum, { liveSessions }) => sum + liveSessions, 0),
        users: new Set(rows.map(({ username }) => username)).size,
        first: rows.slice(0, 1),
        includesOwn: owns.includes(true) || (owns.includes('perhaps') && 'perhaps'),
        kept: [],
      });
    },
  };
}
