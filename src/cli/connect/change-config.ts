import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../../db/port/private-folder.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { configPath, readOwnConfig } from './config-file.ts';
import type { Config } from './config-keys.ts';

/** Milliseconds to wait for another one that is changing the file. */
const PATIENCE = 5000;

/**
 * Makes the config file what `change` makes of it: at once or not at all, and one after the other, so that of
 * two changes none is lost. Other keys and their order stay. Throws INVALID_INPUT for a file that is not ours,
 * or not as it should be.
 */
export async function changeConfig(env: NodeJS.ProcessEnv, change: (config: Config) => Config): Promise<void> {
  const file = configPath(env);
  makeOwnFolder(dirname(file));
  // the new file is the lock of the old one, and the rename that puts it there also lets the next one begin
  const draft = `${file}.new`;
  const handle = await makeDraft(draft);
  let placed = false;
  try {
    checkOwner(file);
    writeFileSync(handle, `${JSON.stringify(change(readOwnConfig(env)), null, 2)}\n`);
    fsyncSync(handle);
    renameSync(draft, file);
    placed = true;
  } catch (error) {
    throw error instanceof TomoError ? error : cannotWrite(file, error);
  } finally {
    closeSync(handle);
    if (!placed) rmSync(draft, { force: true });
  }
}

async function makeDraft(draft: string): Promise<number> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    try {
      return openSync(draft, 'wx', 0o600);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw cannotWrite(draft, error);
    }
    if (Date.now() >= deadline) {
      throw invalidInput(
        `Another tomo is changing the config file: ${draft} is there.`,
        'Try again. If none is running, it was killed in the middle of it; nothing is lost when you delete that file.',
      );
    }
    await sleep(20);
  }
}

/**
 * Under sudo with the HOME of somebody else, root would make files there that this one can neither read nor change.
 */
function makeOwnFolder(folder: string): void {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  checkOwner(there);
  try {
    makeFolder(folder);
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
  checkOwner(folder);
}

/** What is of root may hold a file of ours, and root has only its own. */
function checkOwner(path: string): void {
  const uid = statSync(path, { throwIfNoEntry: false })?.uid;
  const own = process.geteuid?.();
  if (uid === undefined || own === undefined || uid === own || uid === 0) return;
  throw invalidInput(`${path} belongs to another user.`, 'Set XDG_CONFIG_HOME to a folder of your own.');
}

function cannotWrite(path: string, cause: unknown): TomoError {
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return new TomoError('INVALID_INPUT', `Cannot write ${path}${code}.`, {
    hint: 'Set XDG_CONFIG_HOME to a folder that you may write to.',
    cause,
  });
}
