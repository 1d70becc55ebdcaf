import type { TriagedToken } from '../../domain/token/triage.ts';
import { stateWords } from '../../model/session.ts';
import { type Column, type ListView, shortIds, timeColumn } from '../columns.ts';

/** The session has no column "id": ids of what anybody can write must not be piped into a revocation. */
const COLUMNS = {
  line: { title: 'LINE', value: (t) => t.line },
  verdict: { title: 'VERDICT', value: (t) => t.verdict },
  signature: { title: 'SIGNATURE', value: (t) => t.signature },
  session: {
    title: 'SESSION',
    value: (t) => t.sessionId,
    show: (t) => shortIds(t.sessionId ? [t.sessionId] : [])[0] ?? '-',
  },
  user: { title: 'USER', value: (t) => t.username, shrink: 5, outside: true },
  state: { title: 'STATE', value: (t) => t.state, show: (t) => (t.state ? stateWords(t.state) : '-') },
  expires: timeColumn('EXPIRES', (t) => t.expiresAt),
  revoke: { title: 'REVOKE', value: (t) => t.action },
  times: { title: 'TIMES', value: (t) => t.times },
} satisfies Record<string, Column<TriagedToken>>;

export const TOKEN_LIST: ListView<TriagedToken, keyof typeof COLUMNS, 'tokens'> = {
  key: 'tokens',
  columns: COLUMNS,
  names: ['line', 'verdict', 'signature', 'session', 'user', 'state', 'expires', 'revoke', 'times'],
  expendable: ['expires', 'signature', 'times', 'state', 'session'],
  dim: (t) => t.state !== 'active',
};
