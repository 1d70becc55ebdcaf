#!/usr/bin/env node
// Runs the TypeScript sources without a build: Node strips the types.
import { join } from 'node:path';

const { develop } = await import('../src/develop.ts');
await develop(join(import.meta.dirname, '..'));
