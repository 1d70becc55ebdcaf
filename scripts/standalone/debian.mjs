// The package for Debian and Ubuntu: https://www.debian.org/doc/debian-policy/
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JOB_NAMES, planJobs } from '../../src/domain/cleanup/schedule.ts';
import { unitFiles } from '../../src/views/schedule.ts';
import { layTree } from './tree.mjs';

const COMPLETIONS = {
  bash: 'bash-completion/completions/tomo',
  zsh: 'zsh/vendor-completions/_tomo',
  fish: 'fish/vendor_completions.d/tomo.fish',
};
const TIMERS = JOB_NAMES.map((name) => `tomo-${name}.timer`).join(' ');

const control = ({ version, description }, size) => `Package: tomo
Version: ${version}
Architecture: amd64
Maintainer: The authors of tomo
Installed-Size: ${size}
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1
Suggests: postgresql-client, bash-completion
Section: admin
Priority: optional
Description: administer user login sessions
 ${description}.
 .
 Timers for cleanup, alerts and places come with it and are switched off: systemctl enable --now ${TIMERS.replaceAll(' ', '\n ')}
`;

const script = (...lines) => `#!/bin/sh\nset -e\n${lines.join('\n')}\n`;
const whereSystemd = (line) => `if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then ${line}; fi`;
const SCRIPTS = {
  postinst: script(whereSystemd('systemctl daemon-reload')),
  prerm: script(
    'if [ "$1" = remove ]; then',
    whereSystemd(`systemctl stop ${TIMERS} || true`),
    // in an image that is being made, too, where systemd does not run
    `if command -v systemctl >/dev/null; then systemctl --root="\${DPKG_ROOT:-/}" disable ${TIMERS} || true; fi`,
    'fi',
  ),
  postrm: script(
    whereSystemd('systemctl daemon-reload'),
    'if [ "$1" = purge ]; then rmdir "$DPKG_ROOT/etc/tomo" 2>/dev/null || true; fi',
  ),
};

/** Makes `file`. `scratch`: a folder for what goes into it. */
export function makePackage(file, scratch, pjson, parts) {
  const at = (name) => join(scratch, name);
  layTree(at('usr'), { ...parts, completions: COMPLETIONS });
  mkdirSync(at('etc/tomo'), { recursive: true });
  renameSync(at('usr/share/doc/tomo/config.json'), at('etc/tomo/config.json'));
  renameSync(at('usr/share/doc/tomo/LICENSE'), at('usr/share/doc/tomo/copyright'));
  const compressed = globSync(['usr/share/man/man1/*', 'usr/share/doc/tomo/{CHANGELOG.md,THIRD-PARTY-NOTICES.txt}'], {
    cwd: scratch,
  });
  execFileSync('gzip', ['-9n', ...compressed], { cwd: scratch });
  mkdirSync(at('usr/lib/systemd/system'), { recursive: true });
  for (const { path, text } of units()) writeFileSync(at(path.replace('/etc/', 'usr/lib/')), text);
  mkdirSync(at('DEBIAN'));
  const size = execFileSync('du', ['-sk', '--exclude=DEBIAN', scratch], { encoding: 'utf8' }).split('\t')[0];
  writeFileSync(at('DEBIAN/control'), control(pjson, size));
  writeFileSync(at('DEBIAN/conffiles'), '/etc/tomo/config.json\n');
  for (const [name, text] of Object.entries(SCRIPTS)) writeFileSync(at(`DEBIAN/${name}`), text, { mode: 0o755 });
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', scratch]);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z3', '--build', scratch, file], { stdio: 'pipe' });
}

function units() {
  const { jobs } = planJobs(JOB_NAMES, undefined, { alerts: true, geo: true, adopted: false });
  // the file may be missing: /etc/tomo/config.json can say it all
  return unitFiles(jobs, {
    program: ['/usr/bin/tomo'],
    environmentFile: '-/etc/tomo/tomo.env',
    local: null,
    adopted: false,
  });
}
