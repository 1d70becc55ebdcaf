import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import { SqliteFile, texts, write } from './sqlite-files.ts';

const STRANGER = 54_321;
const file = new SqliteFile();

/** Reads or writes as a user who is neither root nor the owner; `meanwhile`: while it reads. */
async function asStranger(
  what: 'read' | 'write',
  { meanwhile, path = file.path, ...user }: { uid?: number; gid?: number; meanwhile?: () => void; path?: string } = {},
): Promise<string> {
  const program = [join(import.meta.dirname, 'sqlite-user.ts'), path, meanwhile ? 'wait' : what];
  const child = spawn(process.execPath, program, {
    stdio: ['pipe', 'pipe', 'inherit'],
    uid: STRANGER,
    gid: STRANGER,
    ...user,
  });
  let out = '';
  child.stdout.on('data', (text) => (out += text));
  if (meanwhile) {
    await once(child.stdout, 'data');
    meanwhile();
    child.stdin.write('go on');
  }
  await once(child, 'close');
  return out;
}

describe.runIf(process.getuid?.() === 0)('a SQLite database of another user', () => {
  const OWNER = 12_345;

  function give(mode: number, folderMode: number, journal: 'wal' | 'delete' = 'wal'): void {
    file.make(journal);
    for (const path of [file.path, file.folder]) chownSync(path, OWNER, OWNER);
    chmodSync(file.path, mode);
    chmodSync(file.folder, folderMode);
  }

  it('is changed by root, and what stands beside it stays its owner’s', async () => {
    give(0o640, 0o750);
    const db = await openSqlite(file.path);
    await write(db, async (tx) => {
      await tx.query("insert into notes (text) values ('three')");
      const beside = readdirSync(file.folder).map((name) => statSync(join(file.folder, name)));
      expect(beside.map(({ uid, gid, mode }) => [uid, gid, mode & 0o777])).toEqual(
        Array(3).fill([OWNER, OWNER, 0o640]),
      );
    });
    expect(await asStranger('write', { uid: OWNER, gid: OWNER })).toBe('one,two,three,theirs');
  });

  it('stays usable to its owner after root has only looked', async () => {
    give(0o600, 0o700);
    expect(await texts(await openSqlite(file.path))).toEqual(['one', 'two']);
    expect(readdirSync(file.folder)).toEqual(['app.db']);
    expect(await asStranger('write', { uid: OWNER, gid: OWNER })).toBe('one,two,theirs');
  });

  it('is closed to who may not read it, or not come near it', async () => {
    give(0o600, 0o755);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
    chmodSync(file.path, 0o666);
    chmodSync(file.folder, 0o700);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
  });

  it.each(['wal', 'delete'] as const)(
    'is listed where nothing can be made beside it, and not changed (%s)',
    async (journal) => {
      give(0o644, 0o755, journal);
      expect(await asStranger('read')).toBe('one,two');
      expect(await asStranger('write')).toBe('DATABASE_READ_ONLY');
      chmodSync(file.path, 0o666);
      expect(await asStranger('write')).toBe('PERMISSION_DENIED');
      expect(readdirSync(file.folder)).toEqual(['app.db']);
    },
  );

  it('says so when it was changed while it was read without a lock', async () => {
    give(0o644, 0o755);
    expect(await asStranger('read', { meanwhile: () => {} })).toBe('reading one,two');
    const meanwhile = () => {
      const server = new DatabaseSync(file.path);
      server.exec("insert into notes (text) values ('three')");
      server.close();
    };
    expect(await asStranger('read', { meanwhile })).toBe('reading DATABASE_BUSY');
    expect(await asStranger('read')).toBe('one,two,three');
  });

  it('is listed by its owner who has made it read-only, and not changed', async () => {
    give(0o444, 0o755);
    const owner = { uid: OWNER, gid: OWNER };
    expect(await asStranger('read', owner)).toBe('one,two');
    expect(await asStranger('write', owner)).toBe('DATABASE_READ_ONLY');
    expect(readdirSync(file.folder)).toEqual(['app.db']);
  });

  it('is listed with what its server has written and not moved into the file yet', async () => {
    give(0o644, 0o755);
    const other = await file.another("insert into notes (text) values ('three')");
    expect(await asStranger('read')).toBe('one,two,three');
    // by a link too: what is not in the file yet stands beside the file itself
    const link = join(file.folder, 'link.db');
    symlinkSync(file.path, link);
    expect(await asStranger('read', { path: link })).toBe('one,two,three');
    await other.end();
  });

  it('is not read without the newest changes, where these cannot be read', async () => {
    give(0o644, 0o755);
    await file.another("insert into notes (text) values ('three')");
    await file.killAll();
    rmSync(`${file.path}-shm`);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
    // it could be made, but its owner could not write it
    chmodSync(file.folder, 0o777);
    expect(await asStranger('read')).toBe('PERMISSION_DENIED');
    expect(existsSync(`${file.path}-shm`)).toBe(false);
  });

  it('is changed by who may, where its owner can go on, and only there', async () => {
    give(0o660, 0o770);
    expect(await asStranger('write', { gid: OWNER })).toBe('one,two,theirs');
    expect(await asStranger('write', { uid: OWNER, gid: OWNER })).toBe('one,two,theirs,theirs');
    chmodSync(file.path, 0o664);
    chmodSync(file.folder, 0o777);
    const before = readdirSync(file.folder);
    expect(await asStranger('read')).toBe('one,two,theirs,theirs');
    expect(await asStranger('write')).toBe('DATABASE_READ_ONLY');
    expect(readdirSync(file.folder)).toEqual(before);
  });

  it('is listed, and not changed, where what is made beside it would be of a group that its owner is not in', async () => {
    give(0o660, 0o777);
    chownSync(file.folder, OWNER, STRANGER);
    chmodSync(file.folder, 0o2777);
    expect(await asStranger('read', { gid: OWNER })).toBe('one,two');
    expect(await asStranger('write', { gid: OWNER })).toBe('PERMISSION_DENIED');
    expect(readdirSync(file.folder)).toEqual(['app.db']);
  });
});
