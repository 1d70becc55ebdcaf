// Draws docs/terminal.svg, the picture in the README, from what the built program really prints on the demo's world.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pty from '@lydell/node-pty';

const COLUMNS = 84;
const LINE = 18;
const COLUMN = 8.43;
const COLOURS = { 31: '#f7768e', 32: '#9ece6a', 33: '#e0af68', 34: '#7aa2f7', 35: '#bb9af7', 36: '#7dcfff' };

const home = mkdtempSync(join(tmpdir(), 'tomo-picture-'));
const env = { ...process.env, XDG_DATA_HOME: home, TERM: 'xterm-256color', TOMO_DATABASE_URL: 'embedded', TZ: 'UTC' };
delete env.NO_COLOR;

function run(...args) {
  return new Promise((resolve) => {
    let text = '';
    const child = pty.spawn(process.execPath, ['bin/run.cjs', ...args], { cols: COLUMNS, rows: 50, env });
    child.onData((data) => {
      text += data;
    });
    child.onExit(() => resolve(text.replaceAll('\r', '')));
  });
}

await run('demo');
const list = await run('session', 'list', '--user', 'alice', '--user', 'bob');
const suspect = await run('session', 'list', '--country', 'NG');
const id = /\b[0-9a-f]{8,}\b/.exec(suspect.split('\n')[1].replaceAll(/\u001b\[\d+m/g, ''))[0];
const show = await run('session', 'show', id, '--activity', '3');
const revoke = await run('session', 'revoke', id, '--reason', 'not alice');
rmSync(home, { recursive: true, force: true });

const screen = [
  '$ tomo session list --user alice --user bob',
  ...list.trimEnd().split('\n'),
  '',
  `$ tomo session show ${id} --activity 3`,
  ...show.trimEnd().split('\n'),
  '',
  `$ tomo session revoke ${id} --reason "not alice"`,
  ...revoke.trimEnd().split('\n'),
];

const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
function drawLine(line, y) {
  let style = { fill: '#c0caf5', weight: 'normal', opacity: 1 };
  let column = 0;
  let spans = '';
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
    if (code === undefined) {
      if (part !== '')
        spans += `<tspan x="${16 + column * COLUMN}" fill="${style.fill}" font-weight="${style.weight}" opacity="${style.opacity}">${escapeXml(part)}</tspan>`;
      column += part.length;
    } else if (code === '1') style = { ...style, weight: 'bold' };
    else if (code === '2') style = { ...style, opacity: 0.55 };
    else if (code === '22') style = { ...style, weight: 'normal', opacity: 1 };
    else style = { ...style, fill: COLOURS[code] ?? '#c0caf5' };
  }
  return `<text y="${y}" xml:space="preserve">${spans}</text>`;
}

const lines = screen.map((line) =>
  line.startsWith('$ ') ? `\u001b[32m$\u001b[39m\u001b[1m${line.slice(1)}\u001b[22m` : line,
);
const width = Math.round(COLUMNS * COLUMN + 32);
const height = lines.length * LINE + 28;
mkdirSync('docs', { recursive: true });
writeFileSync(
  'docs/terminal.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A terminal: tomo session list, show and revoke">
<rect width="${width}" height="${height}" rx="8" fill="#1a1b26"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${lines.map((line, i) => drawLine(line, 28 + i * LINE)).join('\n')}
</g>
</svg>
`,
);
