import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const cwd = join(import.meta.dirname, '..', '..');
const json = (file: string) => JSON.parse(readFileSync(join(cwd, file), 'utf8'));

it('the package has the program, a man page for each command, the SQL and the schema, and no sources', () => {
  expect(json('package.json').scripts).toMatchObject({ prepack: 'npm run man', prepare: 'npm run build' });
  execFileSync(process.execPath, ['scripts/man-pages.mjs'], { cwd });
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd, encoding: 'utf8' });
  const files = (JSON.parse(packed) as { files: { path: string }[] }[])[0]?.files.map(({ path }) => path) ?? [];
  const commands = Object.values<{ id: string; hidden?: boolean }>(json('oclif.manifest.json').commands);
  const pages = commands.flatMap(({ id, hidden }) => (hidden ? [] : [`man/tomo-${id.replaceAll(':', '-')}.1`]));
  expect(files.filter((file) => file.startsWith('man/')).sort()).toEqual(['man/tomo.1', ...pages].sort());
  for (const file of ['bin/run.js', 'dist/main.js', 'dist/functions/live.sql', 'schemas/tomo.schema.json'])
    expect(files).toContain(file);
  expect(files.filter((file) => /^(src|test|bench|scripts)\//.test(file))).toEqual([]);
});
