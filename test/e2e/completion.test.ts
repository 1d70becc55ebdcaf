import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { PROGRAM, tomo } from '../support/spawn.ts';
import { aToken, KEY_ENV } from '../support/tokens.ts';

onPostgres('completion', (t) => {
  /** What a shell offers for these words, through the script it was given. */
  function offered(words: string[], env: NodeJS.ProcessEnv): string[] {
    const folder = mkdtempSync(join(inject('scratch'), 'completion-'));
    writeFileSync(join(folder, 'tomo'), `#!/bin/sh\nexec ${PROGRAM.map((word) => `"${word}"`).join(' ')} "$@"\n`);
    chmodSync(join(folder, 'tomo'), 0o755);
    const script = `compopt() { echo "<$*>"; }; source <(tomo completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tomo; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['-c', script, 'bash', 'tomo', ...words], {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, ...env },
    });
    return output.split('\n').filter(Boolean);
  }

  it('offers commands, flags, users and sessions in bash', async () => {
    const alice = await aUser(t, { username: 'alice' });
    await aUser(t, { username: 'al bundy' });
    const id = await aSession(t, alice);
    const env = { TOMO_DATABASE_URL: t.url };
    expect(offered(['session', 'revoke-'], env)).toEqual(['revoke-all', 'revoke-user']);
    expect(offered(['session', 'list', '--state', '=', 'ex'], env)).toEqual(['expired']);
    expect(offered(['session', 'revoke-user', 'al'], env)).toEqual(['al\\ bundy', 'alice']);
    expect(offered(['session', 'show', id.slice(0, 5)], env)).toEqual([id.slice(0, 8)]);
  });

  it('leaves files to bash, and completes what stands for a command', () => {
    const XDG_CONFIG_HOME = mkdtempSync(join(inject('scratch'), 'completion-config-'));
    mkdirSync(join(XDG_CONFIG_HOME, 'tomo'));
    const file = join(XDG_CONFIG_HOME, 'tomo', 'config.json');
    writeFileSync(file, JSON.stringify({ aliases: { night: 'ls --live-since 22:00' } }), { mode: 0o600 });
    expect(offered(['token', 'inspect', ''], {})).toEqual(['<-o default>']);
    expect(offered(['night', '--so'], { XDG_CONFIG_HOME })).toEqual(['--sort']);
    writeFileSync(file, '{');
    expect(offered(['ls', '--so'], { XDG_CONFIG_HOME })).toEqual(['--sort']);
    expect(offered(['sess'], { XDG_CONFIG_HOME })).toEqual(['session']);
  });

  it('offers a Tomo user without a role for it nobody else', async () => {
    const alice = await aSession(t, await aUser(t, { username: 'alice', role: 'user' }));
    const root = await aSession(t, await aUser(t, { username: 'root', role: 'admin' }));
    const acting = async (id: string) => ({ TOMO_DATABASE_URL: t.url, ...KEY_ENV, TOMO_TOKEN: await aToken(t, id) });
    for (const words of [
      ['session', 'show', root.slice(0, 5)],
      ['user', 'show', 'ro'],
    ]) {
      expect(offered(words, await acting(alice))).toEqual([]);
      expect(offered(words, await acting(root))).toHaveLength(1);
    }
  });

  it('says nothing and makes nothing where there is no database', async () => {
    const home = mkdtempSync(join(inject('scratch'), 'completion-home-'));
    expect(offered(['session', 'revoke-user', 'al'], { XDG_DATA_HOME: home })).toEqual([]);
    expect(
      offered(['session', 'revoke-user', 'al'], { TOMO_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }),
    ).toEqual([]);
    const { stdout, exitCode } = await tomo([], { env: { XDG_DATA_HOME: home, HOME: home } });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('No database is configured yet');
    expect(stdout).toContain('tomo demo');
  });
});
