import type { SettingChange } from '../../domain/settings/change.ts';
import type { Setting } from '../../domain/settings/show.ts';
import { settingWords } from '../../domain/settings/values.ts';
import { variableOf } from '../../model/settings.ts';
import { printable } from '../printable.ts';

/** A setting that this environment would set to something else. */
export function environmentWarning({ key, value, variable, environment }: Setting): string {
  return `${variable} is ${printable(environment ?? '')} in this environment; ${key} is ${settingWords(key, value)} in the database, which counts. A server writes its own at its start, as tomo config apply-env does.`;
}

/** A setting that a server sets again. */
export function serverSetsAgain({ key }: SettingChange): string {
  return `${key} came from a server's environment, which sets it again at the next start. Change ${variableOf(key)} there, too.`;
}

export const LONGER = 'A longer timeout brings nobody back: what has expired stays dead.';
