import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type InputOptions, type OutputOptions, type Plugin, rolldown } from 'rolldown';
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
  for (const file of [
    'bin/run.cjs',
    'dist/main.js',
    'dist/THIRD-PARTY-NOTICES.txt',
    'dist/functions/live.sql',
    'schemas/tomo.schema.json',
  ])
    expect(files).toContain(file);
  expect(files.filter((file) => /^(src|test|bench|scripts)\//.test(file))).toEqual([]);
});

it('names every package whose code is bundled, with the text of its licence', async () => {
  const config: string = '../../rolldown.config.mjs';
  const { default: options, unused } = (await import(config)) as {
    default: InputOptions & { output: OutputOptions };
    unused: Plugin;
  };
  const { output } = await (await rolldown({ ...options, plugins: [unused] })).generate(options.output);
  const paths = output.flatMap((chunk) => ('moduleIds' in chunk ? chunk.moduleIds : []));
  const bundled = paths.flatMap(
    (path) =>
      path
        .split('/node_modules/')
        .slice(1)
        .at(-1)
        ?.match(/^(?:@[^/]+\/)?[^/]+/) ?? [],
  );
  const names = new Set(bundled);
  expect(names.size).toBeGreaterThan(50);
  const notices = readFileSync(join(cwd, 'dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8')
    .split(/\n={80}\n/)
    .slice(1);
  const texts = new Map(notices.map((notice) => [/^\S+/.exec(notice)?.[0], notice]));
  expect([...texts.keys()].sort()).toEqual([...names].sort());
  for (const text of texts.values()) expect(text).toMatch(/copyright|Blue Oak/i);
  for (const text of texts.values()) expect(text).toMatch(/permission|permitted|licen[cs]e/i);
});
