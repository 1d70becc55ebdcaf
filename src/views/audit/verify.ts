import type { AuditProblem, AuditVerdict } from '../../domain/audit/verify.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { exactTime } from '../time.ts';
import { wrapped } from '../wrap.ts';

/** What was found, where, and the digest to keep. */
export function renderVerdict(verdict: AuditVerdict, look: Look): string {
  const c = paint(look);
  const { file, problem, interrupted, cut, head, noted } = verdict;
  const sound = soundWords(verdict);
  const at = cut?.at ? ` at ${timeWords(cut.at)}` : '';
  const say = (text: string) => wrapped(text, look.width);
  if (file !== null && !problem && !interrupted && !head) return say(`Nothing is on record in ${printable(file)}.`);
  const lines = [
    problem && c.red(say(`NOT verified: ${problemWords(problem, verdict)}`)),
    problem && say(problem.kind.includes('digest') ? sound : `${sound} Nothing is said about what comes after.`),
    !problem && (interrupted ? say(`Interrupted. ${sound}`) : c.green(say(`Verified. ${sound}`))),
    cut && say(`Rows up to ${cut.row} were cut off${at}, as cleanup does with what is past its retention.`),
    noted && say(`The digest you kept is that of row ${noted.row}; ${plural(noted.newer, 'row')} came after it.`),
    head && !problem && !interrupted && `Head: row ${head.row}, ${head.digest}`,
  ];
  return lines.filter(Boolean).join('\n');
}

function soundWords({ rows, first, last, lastAt, problem }: AuditVerdict): string {
  if (rows === 0) return problem ? 'No row before that is sound.' : 'No row was read.';
  const until = lastAt && !problem ? ` (${timeWords(lastAt)})` : '';
  return `${rows === 1 ? `Row ${first} is` : `Rows ${first} to ${last}${until} are`} as written and in order.`;
}

function problemWords(problem: AuditProblem, { file, cut }: AuditVerdict): string {
  switch (problem.kind) {
    case 'altered':
      return `row ${problem.row} was altered. It says "${printable(problem.action ?? 'nothing')}" at ${timeWords(problem.at)}, and its hash was made for something else.`;
    case 'removed': {
      const rows =
        problem.from === problem.to ? `row ${problem.from} was` : `rows ${problem.from} to ${problem.to} were`;
      return `${rows} removed${problem.newest ? ' at the newest end' : ''}.`;
    }
    case 'rewritten':
      return `row ${problem.row} does not continue row ${problem.before}. One of them was rewritten together with its hash.`;
    case 'torn':
      return `row ${problem.row} is not whole: writing it was cut off, as by a crash, or somebody has cut the file. The next change sets aside what is there of it (${plural(problem.bytes, 'byte')}).`;
    case 'inserted':
      return `${problem.row === null ? 'a row without a number' : `row ${problem.row}`} does not belong there: it was inserted, or the head was set back.`;
    case 'head-differs':
      return `the newest row, ${problem.row}, is not the one that the head knows. One of them was rewritten.`;
    case 'head-missing':
      return `the head of the chain (${file === null ? 'tomo.audit_head' : 'the file beside it'}) is gone.`;
    case 'emptied':
      return 'there are no rows, and the first is written with the schema: the log and its head were emptied.';
    case 'unknown-digest':
      return `no row has the digest ${problem.digest}. The newest rows were removed and the head set back, or the whole chain was rewritten${cut ? `, or that row is one of those up to ${cut.row} that are cut off` : ''}.`;
    case 'digest-cut':
      return `the digest you kept is that of row ${problem.row}, the last one that was cut off. What it stands for is past its retention and cannot be checked: give a newer one.`;
    default:
      return problem satisfies never;
  }
}

/** A time that may be any, as infinity is one. */
function timeWords(at: string | null): string {
  return Number.isNaN(Date.parse(at ?? '')) ? printable(at ?? 'no time') : exactTime(at ?? '');
}

/** What a chain by itself cannot show. */
export function limitWords(digest: string, file: string | null): string {
  const owner = file === null ? 'an owner of the schema' : 'whoever may write the file';
  return `A chain cannot show that its newest rows were removed and the head set back, or that ${owner} has rewritten all of it. Keep the head elsewhere; later: tomo audit verify --head ${digest.slice(0, 16)}`;
}
