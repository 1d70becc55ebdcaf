import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AUDIT_ACTIONS } from '../../src/model/audit.ts';

it('the audit has words for everything that a function writes into it', () => {
  const sql = globSync('src/db/functions/*.sql')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const written = [...sql.matchAll(/perform tomo\.write_audit\([\w.]+, (.*?), /g)].flatMap(([, action = '']) =>
    [...action.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name),
  );
  expect(written.length).toBeGreaterThan(10);
  for (const action of written) expect(AUDIT_ACTIONS).toContain(action);
});
