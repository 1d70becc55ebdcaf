import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import pjson from '../../package.json' with { type: 'json' };

const MADE = join(import.meta.dirname, '..', '..', '.standalone');
const has = (tool: string, ...args: string[]) => spawnSync(tool, args).status === 0;
const sh = (file: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  execFileSync(file, args, {
    cwd: MADE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
const pages =
  Object.values<{ id: string; hidden?: boolean }>(manifest.commands).filter(({ hidden }) => !hidden).length + 1;

it('the archive has the program, its pages and what the licences ask for, and the sums fit', () => {
  sh('sha256sum', ['--check', 'SHA256SUMS']);
  const [top] = readdirSync(MADE).filter((name) => name.endsWith('.tar.xz'));
  const folder = mkdtempSync(join(inject('scratch'), 'usr-local-'));
  sh('tar', ['-xJf', top ?? '', '-C', folder, '--strip-components=1']);
  expect(sh(join(folder, 'bin/tomo'), ['--version'])).toContain(pjson.version);
  expect(readdirSync(join(folder, 'share/man/man1'))).toHaveLength(pages);
  expect(existsSync(join(folder, 'share/fish/vendor_completions.d/tomo.fish'))).toBe(true);
  const notices = readFileSync(join(folder, 'share/doc/tomo/THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const part of [
    '@oclif/core',
    '@electric-sql/pglite',
    'PostgreSQL Global',
    'Node.js v24',
    'OpenSSL',
    'ICU',
    'musl',
  ])
    expect(notices).toContain(part);
});

const root = process.getuid?.() === 0;
describe.skipIf(!root || !has('dpkg', '--version'))('the package for Debian', () => {
  it('is installed, has its pages, units that systemd takes, and leaves nothing when it is purged', () => {
    const system = mkdtempSync(join(inject('scratch'), 'debian-'));
    for (const folder of ['info', 'updates', 'triggers'])
      mkdirSync(join(system, 'var/lib/dpkg', folder), { recursive: true });
    writeFileSync(join(system, 'var/lib/dpkg/status'), '');
    // nothing else is installed there
    const dpkg = ['--root', system, '--force-depends', '--force-script-chrootless', '--log', '/dev/null'];
    const file = readdirSync(MADE).find((name) => name.endsWith('.deb')) ?? 'no .deb';
    sh('dpkg', [...dpkg, '-i', file]);
    const at = (path: string) => join(system, path);
    const config = { TOMO_SYSTEM_CONFIG: at('etc/tomo/config.json'), XDG_CONFIG_HOME: system };
    expect(sh(at('usr/bin/tomo'), ['context', 'list', '--json'], config)).toContain('"contexts":[]');
    expect(readdirSync(at('usr/share/man/man1'))).toHaveLength(pages);
    if (has('man', '--version'))
      expect(sh('man', ['-M', at('usr/share/man'), 'tomo-session-list'], { MANPAGER: 'cat' })).toMatch(/^SYNOPSIS$/m);
    for (const shell of ['bash-completion/completions/tomo', 'zsh/vendor-completions/_tomo'])
      expect(existsSync(at(`usr/share/${shell}`))).toBe(true);
    checkUnits(at('usr/lib/systemd/system'), at('usr/bin/tomo'));
    if (has('systemctl', '--version')) sh('systemctl', ['--root', system, 'enable', 'tomo-cleanup.timer']);
    sh('dpkg', [...dpkg, '--purge', 'tomo']);
    for (const path of ['usr/bin/tomo', 'etc/tomo', 'usr/lib/systemd/system/tomo-geo.timer'])
      expect(existsSync(at(path))).toBe(false);
    // a link that leads nowhere is none that exists
    expect(readdirSync(at(''), { recursive: true }).filter((path) => String(path).endsWith('.timer'))).toEqual([]);
  });
});

/** With the program where it is now. */
function checkUnits(folder: string, program: string): void {
  const units = readdirSync(folder).sort();
  expect(units).toEqual(['alerts', 'cleanup', 'geo'].flatMap((name) => [`tomo-${name}.service`, `tomo-${name}.timer`]));
  if (!has('systemd-analyze', '--version')) return;
  const there = mkdtempSync(join(inject('scratch'), 'units-'));
  for (const unit of units)
    writeFileSync(join(there, unit), readFileSync(join(folder, unit), 'utf8').replace('/usr/bin/tomo', program));
  sh('systemd-analyze', ['verify', ...units.map((unit) => join(there, unit))]);
}
