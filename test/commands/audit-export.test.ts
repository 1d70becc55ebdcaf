import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import AuditExport from '../../src/commands/audit/export.ts';
import AuditVerify from '../../src/commands/audit/verify.ts';
import type { AuditRow } from '../../src/model/audit.ts';
import { onBothEngines } from '../support/database.ts';
import { run } from '../support/run.ts';

const [, script = ''] = /```python\n(.*?)```/s.exec(readFileSync('docs/audit.md', 'utf8')) ?? [];
const python = spawnSync('python3', ['--version']).status === 0;

onBothEngines('audit export', (t) => {
  t.keepsData = true;
  beforeAll(async () => {
    for (const [action, reason, detail] of [
      [
        'revoke',
        '=1+1 "quoted", and\na second line',
        { count: 1, filter: { users: ['ä"\\\u001b\u0085\u200b\u2028'], idleFor: 1.5 } },
      ],
      ['set', null, { from: { session_timeout: 60 }, to: { session_timeout: 30 }, big: 12345678901234 }],
      ['revoke-user', 'ü \u202e x', { z: null, a: [1, 'two', { three: 3 }] }],
      ['cleanup', '', {}],
    ] as const) {
      await t.sql('select tomo.write_audit($1, $2, $3, $4)', [
        '{"osUser": "olga", "host": "bo\u0085x"}',
        action,
        reason,
        JSON.stringify(detail),
      ]);
    }
  });
  const rows = async (...argv: string[]) => {
    const { stdout } = await run(t, AuditExport, argv);
    return stdout
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as AuditRow);
  };

  it('writes the oldest first, with all that it takes to check the chain', async () => {
    const all = await rows();
    expect(all.map(({ id, action }) => [id, action])).toEqual([
      [1, 'revoke'],
      [2, 'set'],
      [3, 'revoke-user'],
      [4, 'cleanup'],
    ]);
    let prev = '00';
    for (const row of all) {
      expect(row.prev).toBe(prev);
      expect(
        createHash('sha256')
          .update(Buffer.from(row.prev, 'hex'))
          .update(row.covered ?? '')
          .digest('hex'),
      ).toBe(row.hash);
      const [id, at, actor, action, reason, detail] = JSON.parse(row.covered ?? '');
      expect(row).toMatchObject({ id, actor, action, reason, detail });
      expect(Math.floor(at / 1000)).toBe(Date.parse(row.at));
      prev = row.hash;
    }
    expect((await run(t, AuditVerify, ['--json'])).json()).toMatchObject({ head: { row: 4, digest: prev } });
  });

  it('takes filters, and writes csv', async () => {
    expect((await rows('--action', 'set')).map(({ id }) => id)).toEqual([2]);
    expect(await rows('--until', '1h')).toEqual([]);
    const { stdout } = await run(t, AuditExport, ['--output', 'csv']);
    expect(stdout.split('\n')[0]).toBe('id,at,by,role,action,reason,detail,prev,hash');
    expect(stdout).toContain(`,"'=1+1 ""quoted"", and\na second line",`);
    expect(stdout).not.toMatch(/[\u0085\u200b\u202e]/);
  });

  it.runIf(python)('is verified by the script of the documentation, which finds what was changed', async () => {
    const { stdout } = await run(t, AuditExport, []);
    const check = (lines: string) => {
      const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { input: lines, encoding: 'utf8' });
      return { status, text: (stdout + stderr).trim() };
    };
    const lines = stdout.trimEnd().split('\n');
    const last = JSON.parse(lines[3] ?? '') as AuditRow;
    expect(check(stdout)).toEqual({ status: 0, text: `4 rows are sound, up to row 4, ${last.hash}` });
    // a part of it continues whatever was before
    expect(check(lines.slice(2).join('\n'))).toMatchObject({ status: 0 });
    const edited = (row: number, edit: (row: AuditRow) => object) =>
      check(
        lines
          .map((line, i) => (i === row - 1 ? JSON.stringify({ ...JSON.parse(line), ...edit(JSON.parse(line)) }) : line))
          .join('\n'),
      );
    expect(edited(2, ({ covered }) => ({ covered: covered?.replace('30', '31') })).text).toBe(
      'row 2: its hash was made for something else',
    );
    expect(edited(3, () => ({ reason: null })).text).toBe('row 3: it does not say what its hash covers');
    expect(edited(3, ({ at }) => ({ at: at.replace(/\d\+/, (digit) => (digit === '1+' ? '2+' : '1+')) })).text).toBe(
      'row 3: it does not say what its hash covers',
    );
    expect(check([lines[0], lines[2], lines[3]].join('\n')).text).toBe('row 3 does not continue row 1');
    expect(check([lines[0], lines[2], lines[1], lines[3]].join('\n'))).toMatchObject({ status: 1 });
  });
});
