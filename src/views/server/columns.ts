import type { DetectedServer, ListedServer } from '../../model/server.ts';
import type { Column, ListView } from '../columns.ts';

const yesOrNo = (value: boolean | null) => (value === null ? '' : value ? 'yes' : 'no');
const ENGINES = { postgres: 'PostgreSQL', sqlite: 'SQLite' };

const LISTED = {
  name: { title: 'NAME', value: (s) => s.name },
  title: { title: 'TITLE', value: (s) => s.title, shrink: 12 },
  supported: { title: 'SUPPORTED', value: (s) => s.supported, show: (s) => yesOrNo(s.supported) },
  engines: {
    title: 'ENGINES',
    value: (s) => s.engines.join(','),
    show: (s) => s.engines.map((engine) => ENGINES[engine]).join(', '),
  },
  undo: { title: 'UNDO', value: (s) => s.undo, show: (s) => yesOrNo(s.undo) },
  options: { title: 'OPTIONS', value: (s) => s.options.map(({ name }) => name).join(','), shrink: 10 },
  late: { title: 'LATE, OR WHAT TO USE INSTEAD', value: (s) => s.late ?? s.instead, shrink: 24 },
  unseen: { title: 'UNSEEN', value: (s) => s.unseen, shrink: 24 },
  prunes: { title: 'PRUNED BY', value: (s) => s.prunes, shrink: 16 },
  why: { title: 'WHY NOT', value: (s) => s.why, shrink: 24 },
} satisfies Record<string, Column<ListedServer>>;

export const SERVER_LIST: ListView<ListedServer, keyof typeof LISTED, 'servers'> = {
  key: 'servers',
  columns: LISTED,
  names: ['name', 'title', 'engines', 'undo', 'late'],
  expendable: ['title'],
  dim: (s) => !s.supported,
};

const DETECTED = {
  reference: { title: 'SERVER', value: (s) => s.reference, outside: true },
  name: { title: 'NAME', value: (s) => s.name },
  title: { title: 'TITLE', value: (s) => s.title, shrink: 12 },
  supported: { title: 'SUPPORTED', value: (s) => s.supported, show: (s) => yesOrNo(s.supported) },
  schema: { title: 'SCHEMA', value: (s) => s.schema, shrink: 8, outside: true },
  table: { title: 'TABLE', value: (s) => s.table, shrink: 12, outside: true },
  needs: { title: 'NEEDS', value: (s) => s.needs.join(',') },
  instead: { title: 'WHAT TO USE INSTEAD', value: (s) => s.instead, shrink: 24 },
  why: { title: 'WHY NOT', value: (s) => s.why, shrink: 24 },
} satisfies Record<string, Column<DetectedServer>>;

export const DETECTED_SERVERS: ListView<DetectedServer, keyof typeof DETECTED, 'servers'> = {
  key: 'servers',
  columns: DETECTED,
  names: ['reference', 'title', 'schema', 'table', 'needs', 'instead'],
  expendable: ['schema', 'table'],
  dim: (s) => !s.supported,
};
