import type { Setting } from '../../domain/settings/show.ts';
import { allowedValues, exactSetting, settingWords } from '../../domain/settings/values.ts';
import { SETTINGS } from '../../model/settings.ts';
import { type Column, type ListView, timeColumn } from '../columns.ts';

const COLUMNS = {
  key: { title: 'SETTING', value: (s) => s.key },
  value: { title: 'VALUE', value: (s) => exactSetting(s.value), show: (s) => settingWords(s.key, s.value), shrink: 14 },
  unit: { title: 'UNIT', value: (s) => s.unit },
  origin: { title: 'ORIGIN', value: (s) => s.origin },
  default: { title: 'DEFAULT', value: (s) => exactSetting(s.default), show: (s) => settingWords(s.key, s.default) },
  set: timeColumn('SET', (s) => s.at),
  by: { title: 'BY', value: (s) => s.by, shrink: 8, outside: true },
  environment: { title: 'ENVIRONMENT', value: (s) => s.environment, shrink: 11, outside: true },
  allowed: { title: 'ALLOWED', value: (s) => allowedValues(SETTINGS[s.key]), shrink: 20 },
  meaning: { title: 'MEANING', value: (s) => s.meaning, shrink: 30 },
} satisfies Record<string, Column<Setting>>;

export const SETTING_LIST: ListView<Setting, keyof typeof COLUMNS, 'settings'> = {
  key: 'settings',
  columns: COLUMNS,
  names: ['key', 'value', 'origin', 'meaning'],
  wide: ['key', 'value', 'origin', 'default', 'set', 'by', 'meaning'],
  expendable: ['meaning'],
};
