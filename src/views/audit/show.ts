import type { AuditEntry } from '../../model/audit.ts';
import { renderFacts } from '../facts.ts';
import { printable, textOf } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { exactTime, relativeTime } from '../time.ts';
import { actionWords, detailWords } from './words.ts';

const LABEL_WIDTH = 13;

/** One row of the audit for people: what the list says, and all that was recorded. */
export function renderAuditRow(entry: AuditEntry, look: Look): string {
  const c = paint(look);
  const { id, at, by, actor, reason, detail, hash } = entry;
  const details = typeof detail === 'object' && detail !== null ? Object.entries(detail) : [['', detail] as const];
  const facts: [string, string | null][] = [
    ['Row', c.yellow(String(id))],
    ['When', `${exactTime(at)} (${relativeTime(at, look.now)})`],
    ['Who', printable(by)],
    ['Database role', printable(actor.dbRole ?? 'unknown')],
    ['Action', actionWords(entry)],
    ['What', detailWords(entry)],
    ['Reason', reason === null ? null : printable(reason)],
    ['Hash', hash],
  ];
  const what = renderFacts(facts, LABEL_WIDTH + 2, look);
  if (details.length === 0) return what;
  const width = Math.max(...details.map(([key]) => key.length)) + 2;
  const rest = details.map(([key, value]): [string, string] => [printable(key), printable(textOf(value))]);
  return `${what}\n\n${c.bold('As recorded')}\n${renderFacts(rest, width, { ...look, width: look.width - 2 }).replaceAll(/^/gm, '  ')}`;
}
