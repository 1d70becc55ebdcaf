import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { defineConfig } from 'rolldown';
import pjson from './package.json' with { type: 'json' };

const { version } = pjson;

// One build for all commands and hooks: a start then reads a handful of files instead of some two hundred.
// Chunks lie outside dist/commands, or oclif would take them for commands.
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/chunks', { recursive: true });
// the version, since this is the package.json that lies nearest to the chunks
writeFileSync('dist/package.json', `${JSON.stringify({ type: 'commonjs', version })}\n`);
for (const kind of ['migrations', 'functions']) cpSync(`src/db/${kind}`, `dist/${kind}`, { recursive: true });

const entries = ['src/main.ts', 'src/index.ts', ...globSync('src/commands/**/*.ts'), ...globSync('src/hooks/*.ts')];

export default defineConfig({
  input: Object.fromEntries(entries.map((file) => [relative('src', file).replace(/\.ts$/, ''), file])),
  platform: 'node',
  logLevel: 'warn',
  // PGlite finds its WebAssembly beside its own files; the others are optional and never installed.
  external: ['@electric-sql/pglite', 'pg-native', 'typescript', 'ts-node', 'tsx', 'pnpapi'],
  output: {
    dir: 'dist',
    format: 'cjs',
    exports: 'named',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    minify: { compress: true, mangle: false, codegen: true },
  },
});
