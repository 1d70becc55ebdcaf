import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const ending = (run: string) => {
  const program = `import { execute } from './src/main.ts'; void execute(${run});`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return { status, stderr };
};

it('a command that waits for what never comes does not end as if all was done', () => {
  expect(ending('() => new Promise(() => {})')).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^Error: tomo ended in the middle: .*whether all was done is not known\.\n$/),
  });
});

it('one that has ended does', () => {
  expect(ending('async () => {}')).toEqual({ status: 0, stderr: '' });
});
