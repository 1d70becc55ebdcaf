import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { COMPLETION_SCRIPTS } from '../../src/cli/completion/scripts.ts';

/** What bash offers for the word that is being typed, where tomo knows these. */
function offered(typed: string, known: readonly string[]): string[] {
  const script = `tomo() { local all=(${known.map((_, i) => `"$K${i}"`).join(' ')}) one
    for one in "\${all[@]}"; do [[ $one == "\${!#}"* ]] && printf '%s\\t\\n' "$one"; done; }
  ${COMPLETION_SCRIPTS.bash}
  COMP_WORDS=(tomo user show "$1"); COMP_CWORD=3; _tomo; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = Object.fromEntries(known.map((value, i) => [`K${i}`, value]));
  const output = execFileSync('bash', ['-c', script, 'bash', typed], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return output.split('\n').filter(Boolean);
}

it.each(['al bundy', 'dom\\ann', "o'hara", 'a,b', 'id,user,', 'tom:cat', '$(date)', '~bob', 'x{y,z}', 'é'])(
  'bash offers %j as it has to be typed, and once more what it has offered',
  (value) => {
    const [typed = ''] = offered('', [value]);
    expect(execFileSync('bash', ['-c', `printf %s ${typed}`], { encoding: 'utf8' })).toBe(value);
    expect(offered(typed, [value])).toEqual([typed]);
    expect(typed).not.toContain('\\,');
    // within quotes a backslash would stay
    expect(offered(`'${value.slice(0, 1)}`, [value, `'${value}`])).toEqual([]);
  },
);
