import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';

/** In the program's own executable, which holds them; elsewhere they lie in folders. Only Node has node:sea. */
const inside = () => {
  const sea = process.getBuiltinModule('node:sea');
  return sea?.isSea() ? sea : undefined;
};

/** Whether the program and all it needs is one executable. */
export function isOneFile(): boolean {
  return inside() !== undefined;
}

/** Names of what the program brings in a folder, such as "functions", in their order. */
export function assetNames(folder: string): string[] {
  const names = inside()
    ?.getAssetKeys()
    .filter((name) => name.startsWith(`${folder}/`));
  return (names ?? readdirSync(join(FOLDER, folder)).map((file) => `${folder}/${file}`)).sort();
}

/** A file that the program brings, such as "functions/live.sql". Only to be read: writing to it ends the process. */
export function readAsset(name: string): Uint8Array<ArrayBuffer> {
  const sea = inside();
  return sea ? new Uint8Array(sea.getRawAsset(name)) : readFileSync(join(FOLDER, name));
}

/** The version of the program. Read, not imported: a build would put all of package.json into the library. */
export function programVersion(): string {
  const file = isOneFile() ? undefined : findPackageJSON('.', import.meta.url);
  const text = file ? readFileSync(file, 'utf8') : textOf(readAsset('package.json'));
  return (JSON.parse(text) as { version: string }).version;
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** src/db, or dist. */
const FOLDER = join(import.meta.dirname, '..');
