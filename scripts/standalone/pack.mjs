import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pjson from '../../package.json' with { type: 'json' };
import { makePackage } from './debian.mjs';
import { layTree } from './tree.mjs';

const NAME = `tomo-${pjson.version}-linux-x64`;
const ARCHIVE = `${NAME}.tar.xz`;
const PACKAGE = `tomo_${pjson.version}_amd64.deb`;

/** Makes the archive, the package for Debian and their sums in `output`. */
export function pack(output, parts) {
  const at = (name) => join(output, name);
  for (const folder of [NAME, 'debian']) rmSync(at(folder), { recursive: true, force: true });
  layTree(at(NAME), parts);
  const tar = ['-C', output, '--owner=0', '--group=0', '--mode=u=rwX,go=rX', '--sort=name', '-I', 'xz -T0 -3'];
  execFileSync('tar', [...tar, '-cf', at(ARCHIVE), NAME]);
  const made = [ARCHIVE];
  if (hasDpkg()) {
    makePackage(at(PACKAGE), at('debian'), pjson, parts);
    made.push(PACKAGE);
  } else console.error('No .deb: there is no dpkg-deb here.');
  const sum = (name) =>
    createHash('sha256')
      .update(readFileSync(at(name)))
      .digest('hex');
  writeFileSync(at('SHA256SUMS'), made.map((name) => `${sum(name)}  ${name}\n`).join(''));
  console.log(`In ${output}: ${made.join(', ')}, SHA256SUMS`);
}

function hasDpkg() {
  try {
    execFileSync('dpkg-deb', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
