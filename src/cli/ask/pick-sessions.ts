import type { Database } from '../../db/port/database.ts';
import { listSessions } from '../../domain/session/list.ts';
import { TomoError } from '../../model/errors.ts';
import type { SessionFilter } from '../../model/session.ts';
import { renderList } from '../../views/list.ts';
import { markCurrent, SESSION_LIST } from '../../views/session/columns.ts';
import type { Look } from '../../views/style.ts';
import type { Terminal } from '../base/terminal.ts';
import { answered, promptTheme } from './confirm.ts';

/** More than anybody would look through by hand. */
const MOST = 1000;

/** Lets the operator mark sessions that the filter selects in a list, the most recently active first. Throws INTERRUPTED. */
export async function pickSessions(
  terminal: Terminal,
  db: Database,
  filter: SessionFilter,
  look: Look,
): Promise<string[]> {
  const { sessions, nextCursor } = await listSessions(db, filter, {
    sort: 'activity',
    limit: MOST,
    after: undefined,
    withTotal: false,
  });
  if (sessions.length === 0) throw new TomoError('NOT_FOUND', 'There are no live sessions to revoke.');
  const { searchableCheckbox } = await import('./checkbox-prompt.ts');
  const [heading = '', ...lines] = renderList(
    sessions,
    markCurrent(SESSION_LIST, () => look.current),
    { ...look, width: look.width - 7, colour: false },
  ).split('\n');
  const choices = sessions.map((session, i) => ({
    value: session.id,
    text: lines[i] ?? session.id,
    search: [
      session.id,
      session.username,
      session.device,
      session.ip,
      session.city,
      session.country,
      session.loginMethod,
    ].join(' '),
  }));
  const message = nextCursor ? `Revoke which? (the ${MOST} most recently active)` : 'Revoke which?';
  return answered(terminal, (context) =>
    searchableCheckbox({ message, heading, choices, pageSize: 12, theme: promptTheme(terminal) }, context),
  );
}
