import type { SchemaStatus } from '../../domain/schema/status.ts';
import { renderFacts } from '../facts.ts';
import { printable } from '../printable.ts';
import { standbyNote } from '../standby.ts';
import { type Look, paint } from '../style.ts';
import { clusterFacts } from './distribution.ts';

const LABEL_WIDTH = 13;

export function renderStatus(status: SchemaStatus, look: Look): string {
  const c = paint(look);
  const verdict = {
    current:
      status.pending.length === 0
        ? c.green('up to date')
        : c.yellow(`usable; to be brought up to date by tomo db migrate: ${status.pending.join(', ')}`),
    missing: c.red('not set up: run tomo db migrate'),
    older: c.red(`too old: run tomo db migrate (${status.pending.join(', ')})`),
    compatible: c.green('newer than this tomo, which can use it'),
    newer: c.red('newer than this tomo: update tomo'),
  }[status.state];
  const facts: [string, string][] = [
    ['Database', `${printable(status.database)}${status.embedded ? ' (embedded)' : ''}`],
    ['Location', `${printable(status.location)}${status.standby ? ` (${standbyNote(status.standby)})` : ''}`],
    ['Server', `PostgreSQL ${printable(status.server)}`],
    ['Role', printable(status.role)],
    ['Schema', `version ${status.version ?? 'none'}, this tomo needs ${status.needed}: ${verdict}`],
    ...(status.cluster ? clusterFacts(status.cluster) : []),
  ];
  return renderFacts(facts, LABEL_WIDTH, look);
}
