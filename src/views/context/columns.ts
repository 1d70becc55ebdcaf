import type { ListedContext } from '../../model/context.ts';
import type { Column, ListView } from '../columns.ts';

const COLUMNS = {
  current: { title: 'CURRENT', value: (c) => c.current, show: (c) => (c.current ? '*' : '') },
  name: { title: 'NAME', value: (c) => c.name },
  database: { title: 'DATABASE', value: (c) => c.database, shrink: 20, outside: true },
  server: { title: 'SERVER', value: (c) => c.server, shrink: 12, outside: true },
  production: { title: 'PRODUCTION', value: (c) => c.production, show: (c) => (c.production ? 'yes' : 'no') },
  file: { title: 'FILE', value: (c) => c.file, shrink: 16, outside: true },
} satisfies Record<string, Column<ListedContext>>;

export const CONTEXT_LIST: ListView<ListedContext, keyof typeof COLUMNS, 'contexts'> = {
  key: 'contexts',
  columns: COLUMNS,
  names: ['current', 'name', 'database', 'server', 'production', 'file'],
  expendable: ['file'],
  alarming: (c) => c.production,
};
