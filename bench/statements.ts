import { openDatabase } from '../src/db/port/open.ts';
import { exportSessions, listSessions } from '../src/domain/session/list.ts';
import { record, withValues } from './recorder.ts';

/** What `tomo session list` asks for its first page. */
export async function listStatements(url: string): Promise<string> {
  const { db, statements } = record(await openDatabase({ kind: 'postgres', url, env: {} }));
  try {
    await listSessions(db, { state: 'active' }, { sort: 'activity', limit: 50, after: undefined, withTotal: false });
    const page = statements.findLast(({ kind }) => kind === 'query');
    if (!page) throw new Error('no statement was run');
    return withValues(page);
  } finally {
    await db.close();
  }
}

/** What `tomo session list --all --output ndjson` asks, as a script for psql with the same COPY. */
export async function exportStatements(url: string): Promise<string> {
  const { db, statements } = record(await openDatabase({ kind: 'postgres', url, env: {} }));
  const enough = new Error('enough');
  try {
    await exportSessions(db, { state: 'active' }, { sort: 'activity', after: undefined }, () => {
      throw enough;
    }).catch(() => {});
    const all = statements.find(({ kind }) => kind === 'lines');
    if (!all) throw new Error('no statement was run');
    const settings = statements.filter(({ kind }) => kind === 'script').map(({ sql }) => `${sql};`);
    return [
      `begin; set local timezone = 'UTC'; set local max_parallel_workers_per_gather = 0;`,
      ...settings,
      `copy (${withValues(all)}) to stdout (format csv, quote e'\\x01', delimiter e'\\x02');`,
      'commit;',
    ].join('\n');
  } finally {
    await db.close();
  }
}
