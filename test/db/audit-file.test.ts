import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { type Change, openAuditFile } from '../../src/db/audit-file/file.ts';
import { makeRow, toLine } from '../../src/db/audit-file/row.ts';
import type { Database } from '../../src/db/port/database.ts';
import { AUDIT, streamAuditChain } from '../../src/domain/audit/list.ts';
import { verifyAudit } from '../../src/domain/audit/verify.ts';
import type { AuditRow } from '../../src/model/audit.ts';
import { codeFrom } from './helpers.ts';

const WRITER = join(import.meta.dirname, 'audit-file-writer.ts');
const SITE = { server: 'laravel', database: 'db.example.org/shop', context: 'shop' };
const HOSTILE = 'a\nb\r\u2028\u202e\u001b[2J\u0000\ud800 "\\ ä😀';
const [, script = ''] = /```python\n(.*?)```/s.exec(readFileSync('docs/audit.md', 'utf8')) ?? [];
const python = spawnSync('python3', ['--version']).status === 0;
const root = process.getuid?.() === 0;

describe('the audit file', () => {
  let path: string;
  let notices: string[];
  const open = (site = SITE) => openAuditFile(path, site, (text) => notices.push(text));
  const change = (more: Partial<Change> = {}): Change => ({
    action: 'revoke',
    actor: { osUser: 'olga', host: 'desk', dbRole: 'ops' },
    reason: 'stolen laptop',
    detail: { filter: { state: 'active', users: ['alice'] } },
    ...more,
  });
  /** Three changes: rows 2 to 7. */
  const threeChanges = async () => {
    const file = open();
    for (const count of [1, 2, 3]) await file.end(await file.begin(change()), 'done', { count });
  };
  const database = () => ({ auditFile: open() }) as unknown as Database;
  const verify = (digest: string | null = null) => verifyAudit(database(), { digest });
  const list = async (filter = {}) =>
    (await AUDIT.page(database(), filter, { sort: 'newest', limit: 50 })).rows.map(({ id, detail }) => [
      id,
      detail.outcome,
    ]);
  const lines = () => readFileSync(path, 'utf8').trimEnd().split('\n');
  const rewrite = (changed: readonly (string | undefined)[]) =>
    writeFileSync(path, changed.map((line) => `${line}\n`).join(''));
  const writer = (...args: string[]) => {
    const child = spawn(process.execPath, [WRITER, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, ended: once(child, 'close') as Promise<[number | null]> };
  };

  beforeEach(() => {
    path = join(mkdtempSync(join(inject('scratch'), 'audit-')), 'state', 'tomo', 'audit.ndjson');
    notices = [];
  });

  it('is made with the first change, for nobody else to read, and begins the chain', async () => {
    const file = open();
    expect(await verify()).toMatchObject({ verified: true, rows: 0, head: null });
    expect(existsSync(path)).toBe(false);
    const number = await file.begin(change());
    expect(number).toBe(2);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(lines().map((line) => JSON.parse(line).action)).toEqual(['begin', 'revoke']);
    expect(await list()).toEqual([
      [2, 'begun'],
      [1, undefined],
    ]);
    expect(await file.end(number, 'done', { count: 12 })).toBeNull();
    const [entry] = (await AUDIT.page(database(), {}, { sort: 'newest', limit: 1 })).rows;
    expect(entry).toMatchObject({
      id: 2,
      by: 'olga@desk',
      action: 'revoke',
      reason: 'stolen laptop',
      detail: { ...SITE, revocation: 2, count: 12, outcome: 'done', filter: { users: ['alice'] } },
    });
    expect(entry?.detail).not.toHaveProperty('begun');
    expect(await verify()).toMatchObject({ verified: true, rows: 3, first: 1, last: 3 });
    expect(notices).toEqual([]);
  });

  it('lists by action, actor, user and time, and page after page', async () => {
    await threeChanges();
    const file = open();
    const other = change({
      action: 'revoke-user',
      actor: { osUser: 'otto', host: 'box' },
      detail: { username: 'Bob' },
    });
    await file.end(await file.begin(other), 'unknown');
    expect(await list({ actions: ['revoke-user'] })).toEqual([[8, 'unknown']]);
    expect(await list({ actor: 'OTTO@' })).toEqual([[8, 'unknown']]);
    expect(await list({ user: 'bob' })).toEqual([[8, 'unknown']]);
    expect((await list({ user: 'alice' })).map(([id]) => id)).toEqual([6, 4, 2]);
    expect(await list({ until: '2020-01-01T00:00:00Z' })).toEqual([]);
    await expect(codeFrom(list({ actions: ['nonsense'] }))).resolves.toBe('INVALID_INPUT');
    const page = await AUDIT.page(database(), {}, { sort: 'newest', limit: 2, withTotal: true });
    expect(page).toMatchObject({ nextCursor: '6', total: 5 });
    const next = await AUDIT.page(database(), {}, { sort: 'newest', limit: 2, after: '6' });
    expect(next.rows.map(({ id }) => id)).toEqual([4, 2]);
    expect(await AUDIT.count(database(), {})).toBe(5);
  });

  it.runIf(python)(
    'is checked by the script of the documentation, as it is and exported, whatever a reason says',
    async () => {
      const file = open();
      await file.end(await file.begin(change({ reason: HOSTILE, detail: { filter: { users: [HOSTILE] } } })), 'done');
      await threeChanges();
      const check = (input: string) => spawnSync('python3', ['-c', script], { input, encoding: 'utf8' });
      expect(check(readFileSync(path, 'utf8')).stdout).toMatch(/^9 rows are sound, up to row 9, /);
      let exported = '';
      await streamAuditChain(database(), { actions: ['revoke'] }, (json) => {
        exported += `${json}\n`;
      });
      expect(check(exported).stdout).toMatch(/^8 rows are sound, up to row 9, /);
      expect(readFileSync(path, 'latin1')).toMatch(/^[\x0a\x20-\x7e]*$/);
      const { rows } = await AUDIT.page(database(), {}, { sort: 'newest', limit: 50 });
      expect(rows.at(-2)?.reason).toBe(HOSTILE);
      expect(await verify()).toMatchObject({ verified: true, rows: 9 });
    },
  );

  it('loses no row when two processes append at once', async () => {
    const both = [writer('anna', '100'), writer('otto', '100')];
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await verify()).toMatchObject({ verified: true, rows: 401 });
    for (const actor of ['anna', 'otto']) {
      expect(await AUDIT.count(database(), { actor, actions: ['revoke'] })).toBe(100);
    }
  });

  it('has every row that was answered for, whenever its writer is killed, and goes on', async () => {
    for (const answers of [1, 5, 9]) {
      const { child, ended } = writer('loop');
      const numbers: string[] = [];
      for await (const chunk of child.stdout.setEncoding('utf8')) {
        numbers.push(...String(chunk).trim().split('\n'));
        if (numbers.length >= answers) child.kill('SIGKILL');
      }
      await ended;
      const verdict = await verify();
      expect(verdict.problem === null || verdict.problem.kind === 'torn').toBe(true);
      expect(verdict.rows).toBeGreaterThanOrEqual(Number(numbers.at(-1)));
      await threeChanges();
      expect(await verify()).toMatchObject({ verified: true });
    }
  });

  it('finds a row that was torn by a killed process, and sets it aside without breaking the chain', async () => {
    const file = open();
    await file.end(await file.begin(change()), 'done');
    const { child, ended } = writer('tear');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await ended;
    expect(await verify()).toMatchObject({ verified: false, rows: 3, problem: { kind: 'torn', row: 4, bytes: 19 } });
    expect(await list()).toEqual([
      [2, 'done'],
      [1, undefined],
    ]);
    expect(await file.begin(change())).toBe(5);
    expect(notices).toEqual([
      expect.stringMatching(/was cut off in the midst of writing\. It is in audit\.torn-[0-9a-f]{16} now/),
    ]);
    expect(await verify()).toMatchObject({ verified: true, rows: 5 });
    const [, aside] = (await AUDIT.page(database(), {}, { sort: 'newest', limit: 2 })).rows;
    const torn = '{"id":4,"at":"2026-';
    expect(aside).toMatchObject({
      id: 4,
      action: 'set-aside',
      detail: { bytes: 19, digest: createHash('sha256').update(torn).digest('hex') },
    });
    expect(readFileSync(join(path, '..', String(aside?.detail.file)), 'utf8')).toBe(torn);
  });

  describe('finds the first line', () => {
    beforeEach(threeChanges);
    const edited =
      (edit: (row: AuditRow) => object) =>
      (line = '') =>
        JSON.stringify({ ...JSON.parse(line), ...edit(JSON.parse(line)) });
    it.each([
      ['that says something else', edited(() => ({ reason: 'drill' })), { kind: 'altered', row: 4 }],
      ['whose time is another', edited(({ at }) => ({ at: at.replace('2', '1') })), { kind: 'altered', row: 4 }],
      ['that another is said to have made', edited(() => ({ by: 'otto@desk' })), { kind: 'altered', row: 4 }],
      [
        'whose covered text is another',
        edited(({ covered }) => ({ covered: covered?.replace('stolen', 'st0len') })),
        { kind: 'altered', row: 4 },
      ],
      ['that is no row', () => 'garbage', { kind: 'altered', row: 4 }],
      ['that is empty', () => '', { kind: 'altered', row: 4 }],
    ])('%s', async (_, edit, problem) => {
      rewrite(lines().map((line, i) => (i === 3 ? edit(line) : line)));
      expect((await verify()).problem).toMatchObject(problem);
    });

    it('that was removed or inserted, and rows that are gone at the newest end', async () => {
      const all = lines();
      rewrite(all.filter((_, i) => i !== 3));
      expect((await verify()).problem).toEqual({ kind: 'removed', from: 4, to: 4, newest: false });
      rewrite([...all.slice(0, 4), all[1], ...all.slice(4)]);
      expect((await verify()).problem).toEqual({ kind: 'inserted', row: 2 });
      rewrite(all.slice(0, 5));
      expect((await verify()).problem).toEqual({ kind: 'removed', from: 6, to: 7, newest: true });
      truncateSync(path, 0);
      expect((await verify()).problem).toEqual({ kind: 'removed', from: 1, to: 7, newest: true });
      rmSync(path);
      expect((await verify()).problem).toEqual({ kind: 'removed', from: 1, to: 7, newest: true });
    });

    it('also with the head gone, by a digest that was kept elsewhere', async () => {
      const { head } = await verify();
      const digest = head?.digest ?? '';
      expect(await verify(digest.slice(0, 16))).toMatchObject({ verified: true, noted: { row: 7, newer: 0 } });
      rewrite(lines().slice(0, 5));
      rmSync(path.replace('.ndjson', '.head'));
      expect((await verify(digest)).problem).toEqual({ kind: 'head-missing' });
      await open().begin(change());
      expect(await verify()).toMatchObject({ verified: true });
      expect((await verify(digest)).problem).toEqual({ kind: 'unknown-digest', digest });
      for (const gone of ['.ndjson', '.head']) rmSync(path.replace('.ndjson', gone));
      expect((await verify(digest)).problem).toEqual({ kind: 'unknown-digest', digest });
      expect(await verify()).toMatchObject({ verified: true, rows: 0 });
    });

    it('and goes on behind rows that are gone, so that this stays to be seen', async () => {
      rewrite(lines().slice(0, 5));
      expect(await open().begin(change())).toBe(8);
      expect(notices).toEqual([`${path} ends at row 5, and row 7 was the newest: rows are missing.`]);
      expect((await verify()).problem).toEqual({ kind: 'removed', from: 6, to: 7, newest: false });
      renameSync(path, `${path}.1`);
      await open().begin(change());
      expect((await verify()).problem).toEqual({ kind: 'removed', from: 1, to: 8, newest: false });
    });

    it('and says so of a last row that was rewritten together with its hash', async () => {
      const all = lines();
      const { id, hash, at, actor, action, reason, prev } = JSON.parse(all.at(-1) ?? '') as AuditRow;
      const row = makeRow({ id: id - 1, hash: prev }, Date.parse(at), { actor, action, reason, detail: { begun: 6 } });
      expect(row.hash).not.toBe(hash);
      rewrite([...all.slice(0, -1), toLine(row).trimEnd()]);
      expect((await verify()).problem).toEqual({ kind: 'head-differs', row: 7 });
      await open().begin(change());
      expect(notices).toEqual([expect.stringContaining('is not the one that was written')]);
      expect((await verify()).problem).toEqual({ kind: 'rewritten', row: 8, before: 7 });
    });

    it('but not in a head that is one behind, as a crash leaves it', async () => {
      const head = readFileSync(path.replace('.ndjson', '.head'));
      await open().begin(change());
      writeFileSync(path.replace('.ndjson', '.head'), head);
      expect(await verify()).toMatchObject({ verified: true, rows: 8, head: { row: 8 } });
    });
  });

  describe('is refused before anything is changed', () => {
    const refused = async (words: RegExp) => {
      const before = existsSync(path) ? statSync(path).size : 0;
      await expect(open().begin(change())).rejects.toMatchObject({
        code: 'AUDIT_UNUSABLE',
        message: expect.stringMatching(words),
        hint: expect.stringContaining('XDG_STATE_HOME'),
      });
      if (existsSync(path)) expect(statSync(path).size).toBe(before);
    };

    it('where the file is a link', async () => {
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
      const elsewhere = join(path, '..', 'elsewhere');
      writeFileSync(elsewhere, '');
      symlinkSync(elsewhere, path);
      await refused(/it is a link \(ELOOP\)\. Nothing was changed\.$/);
      expect(readFileSync(elsewhere, 'utf8')).toBe('');
    });

    it('where it is no file, or its folder cannot be made', async () => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      await refused(/EISDIR|not a regular file/);
      path = join(path, '..', 'file', 'tomo', 'audit.ndjson');
      writeFileSync(join(path, '..', '..'), '');
      await refused(/ENOTDIR/);
    });

    it.runIf(root)('where the file or its folder is another user’s, also for root', async () => {
      await threeChanges();
      chownSync(path, 65_534, 65_534);
      await refused(/it belongs to another user/);
      await expect(codeFrom(list())).resolves.toBe('AUDIT_UNUSABLE');
      chownSync(path, 0, 0);
      chownSync(join(path, '..'), 65_534, 65_534);
      await refused(/the folder .* belongs to another user/);
    });

    it.runIf(!root)('where it may not be written', async () => {
      await threeChanges();
      chmodSync(path, 0o400);
      await refused(/permission denied/);
    });

    it('where no space is left, and nothing of the row stays', async () => {
      await threeChanges();
      const { size } = statSync(path);
      const { stdout, status } = changeWithRoomFor(0);
      expect(status).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({
        code: 'AUDIT_UNUSABLE',
        message: expect.stringMatching(/no space is left \(E\w+\)\. Nothing was changed\.$/),
      });
      expect(statSync(path).size).toBe(size);
      expect(await verify()).toMatchObject({ verified: true, rows: 7 });
    });
  });

  it('says so when no space is left for what became of a change', async () => {
    await threeChanges();
    const { stdout, status } = changeWithRoomFor(2);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ number: 8, why: expect.stringMatching(/^no space is left \(E\w+\)$/) });
    expect((await list())[0]).toEqual([8, 'begun']);
    expect(await verify()).toMatchObject({ verified: true, rows: 8 });
  });

  /** A change by a process that finds no space behind so many kilobytes; its first row takes 1.3, its second one 6. */
  function changeWithRoomFor(kilobytes: number) {
    const limit = Math.ceil(statSync(path).size / 1024) + kilobytes;
    return spawnSync(
      'bash',
      ['-c', `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, WRITER, path, 'full', '1'],
      {
        encoding: 'utf8',
      },
    );
  }

  it('keeps the ids of a revocation that can be undone, for a day, and no others', async () => {
    const file = open();
    const ids = ['b-2', 'a-1', 'c 3'];
    const number = await file.begin(change({ ids, undo: true }));
    await file.end(number, 'done');
    const kept = join(path, '..', 'revocations', `${number}.ids`);
    expect(readFileSync(kept, 'utf8')).toBe('b-2\na-1\nc 3\n');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect(open().revokedIds(number)).toEqual(ids);
    expect(open({ ...SITE, database: 'another' }).revokedIds(number)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).not.toContain('a-1');
    appendFileSync(kept, 'd-4\n');
    expect(open().revokedIds(number)).toBeUndefined();
    await file.end(await file.begin(change({ ids })), 'done');
    const nothing = await file.begin(change({ ids, undo: true }));
    await file.end(nothing, 'unchanged');
    expect(readdirSync(join(path, '..', 'revocations'))).toEqual([`${number}.ids`]);
    const old = new Date(Date.now() - 86_500_000);
    utimesSync(kept, old, old);
    await file.begin(change({ ids, undo: true }));
    expect(existsSync(kept)).toBe(false);
  });

  it('knows the revocations of its own server and database, and which were restored', async () => {
    const file = open();
    const revoke = async (more: Partial<Change>, outcome: 'done' | 'unchanged' = 'done') => {
      const number = await file.begin(change(more));
      await file.end(number, outcome);
      return number;
    };
    const undoable = { ids: ['a', 'b'], undo: true };
    const restored = await revoke(undoable);
    const standing = await revoke(undoable);
    const compromised = await revoke({ ...undoable, detail: { compromised: true } });
    const deleted = await revoke({
      action: 'revoke-user',
      detail: { user: '7', username: 'alice', kept: ['k'] },
      ids: ['a'],
    });
    await revoke({ action: 'revoke-all' }, 'unchanged');
    await revoke({ action: 'restore', detail: { revocation: restored } });
    await open({ ...SITE, server: 'django' }).begin(change());
    expect([...open().revocations()].map(({ id, state, sessions }) => [id, state, sessions])).toEqual([
      [deleted, 'for-good', 1],
      [compromised, 'compromised', 2],
      [standing, 'restorable', 2],
      [restored, 'restored', 2],
    ]);
    expect([...open().revocations()][0]).toMatchObject({
      scope: 'user',
      username: 'alice',
      userId: '7',
      kept: ['k'],
      by: 'olga@desk',
      restorableUntil: null,
    });
  });

  it('reads no more of a large file than it needs', async () => {
    await threeChanges();
    const middle = lines().slice(1, 3);
    const many = middle.join('\n').concat('\n').repeat(50_000);
    const all = lines();
    writeFileSync(path, `${all[0]}\n${many}${all.slice(1).join('\n')}\n`);
    const [first] = (await AUDIT.page(database(), {}, { sort: 'newest', limit: 1 })).rows;
    expect(first).toMatchObject({ id: 6, detail: { count: 3 } });
    // whoever read all of it would need minutes for this
    for (let i = 0; i < 200; i += 1) await AUDIT.page(database(), {}, { sort: 'newest', limit: 3 });
    expect(await open().begin(change())).toBe(8);
  });
});
