import { AREAS } from '../domain/doctor/check.ts';
import { withoutTokens } from '../domain/text/token-text.ts';
import type { Diagnosis, Finding } from './doctor-steps.ts';
import { plural } from './number.ts';
import { printable } from './printable.ts';
import { type Look, paint } from './style.ts';
import { wrapped } from './wrap.ts';

const LABEL_WIDTH = 10;
const INDENT = ' '.repeat(LABEL_WIDTH);

/** The findings by area, each with its way out; `quiet` leaves out what is in order. */
export function renderDiagnosis({ findings, counts }: Diagnosis, look: Look, quiet: boolean): string {
  const c = paint(look);
  const shown = quiet ? findings.filter(({ verdict }) => verdict !== 'ok') : findings;
  const blocks = Object.entries(AREAS).flatMap(([area, heading]) => {
    const within = shown.filter((finding) => finding.area === area);
    const lines = within.map((finding) => renderFinding(finding, look));
    return within.length > 0 ? [[c.bold(heading), ...lines].join('\n')] : [];
  });
  const total = [
    counts.problem > 0 ? c.red(plural(counts.problem, 'problem')) : 'no problem',
    counts.warning > 0 ? c.yellow(plural(counts.warning, 'warning')) : 'no warning',
    ...(counts.unknown > 0 ? [`${counts.unknown} unknown`] : []),
    `${counts.ok} ok`,
  ].join(', ');
  return [...blocks, ...(quiet ? [] : [total])].join('\n\n');
}

function renderFinding({ verdict, title, detail, fix }: Finding, look: Look): string {
  const c = paint(look);
  const colour = { ok: c.green, warning: c.yellow, problem: c.red, unknown: c.cyan };
  const lines = [`${colour[verdict](verdict.padEnd(LABEL_WIDTH))}${folded(title, look)}`];
  for (const line of detail?.split('\n') ?? []) lines.push(INDENT + c.dim(folded(line, look)));
  // not folded: it is to be copied
  for (const line of fix?.split('\n') ?? []) lines.push(`${INDENT}${c.dim('fix:')} ${c.cyan(safe(line))}`);
  return lines.join('\n');
}

function folded(text: string, look: Look): string {
  return wrapped(safe(text), look.width - LABEL_WIDTH, INDENT);
}

function safe(text: string): string {
  return printable(withoutTokens(text));
}
