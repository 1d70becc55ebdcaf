import type { Alias } from '../../model/alias.ts';
import type { Column, ListView } from '../columns.ts';

const COLUMNS = {
  name: { title: 'NAME', value: (a) => a.name },
  command: { title: 'COMMAND', value: (a) => a.command, shrink: 20, outside: true },
} satisfies Record<string, Column<Alias>>;

export const ALIAS_LIST: ListView<Alias, keyof typeof COLUMNS, 'aliases'> = {
  key: 'aliases',
  columns: COLUMNS,
  names: ['name', 'command'],
};
