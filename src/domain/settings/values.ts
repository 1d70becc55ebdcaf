import { invalidInput, TomoError } from '../../model/errors.ts';
import { SETTINGS, type SettingDefinition, type SettingKey, type SettingValue } from '../../model/settings.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { cidrOf, hasHostBits, parseNetwork } from '../text/network.ts';
import { durationSeconds } from '../text/time.ts';
import { parseSettingKey } from './keys.ts';

type Amount = Extract<SettingDefinition, { type: 'amount' }>;

const DAY = 86_400;
const UNITS = {
  min: { seconds: 60, noun: 'minutes' },
  s: { seconds: 1, noun: 'seconds' },
  days: { seconds: DAY, noun: 'days' },
  sessions: { seconds: null, noun: 'sessions' },
};
const ON = ['on', 'yes', 'true', '1'];
const OFF = ['off', 'no', 'false', '0'];
/** More than anybody lists by hand; the audit keeps the value as well. */
const MOST_NETWORKS = 500;

/**
 * A value as somebody types it: "30" in the setting's own unit, "30m", "8h", "30d"; "on" or "no"; a word;
 * "10.0.0.0/8,192.0.2.1" or "none". Throws INVALID_INPUT that names the value and what would be right; `name` is what
 * the value was given to, e.g. a variable.
 */
export function parseSettingValue(key: SettingKey, text: string, name: string = key): SettingValue {
  const definition = SETTINGS[key];
  const word = text.trim().toLowerCase();
  switch (definition.type) {
    case 'amount':
      return parseAmount(definition, word, text, name);
    case 'switch':
      if (ON.includes(word) || OFF.includes(word)) return ON.includes(word);
      return refuse(name, text, 'neither on nor off', 'Write on or off (also yes, no, true, false).');
    case 'choice': {
      const chosen = word.replaceAll(/[_ ]/g, '-');
      if (definition.words.includes(chosen)) return chosen;
      return refuse(name, text, `not ${allowedValues(definition)}`, didYouMean(chosen, definition.words));
    }
    case 'networks':
      return parseNetworks(text, name);
    default:
      return definition satisfies never;
  }
}

function parseAmount(definition: Amount, word: string, text: string, name: string): number {
  const { unit, min, max, zero } = definition;
  if (word === zero) return 0;
  const own = UNITS[unit].seconds;
  const value = /^\d{1,12}$/.test(word) ? Number(word) : (durationSeconds(word) ?? Number.NaN) / (own ?? Number.NaN);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const examples = { min: '30, 30m, 1h30m or 30d', s: '30, 30s or 5m', days: '90, 90d or 13w', sessions: null }[unit];
  const hint = examples === null ? undefined : `Write ${examples}; a bare number is in ${UNITS[unit].noun}.`;
  return refuse(name, text, `not ${allowedValues(definition)}`, hint);
}

function parseNetworks(text: string, name: string): string[] {
  if (text.trim().toLowerCase() === 'none') return [];
  const items = text.split(/[\s,]+/).filter(Boolean);
  const hint = 'Write addresses or networks separated by commas, e.g. 10.0.0.0/8,2001:db8::/32, or none.';
  if (items.length === 0) return refuse(name, text, 'empty', hint);
  if (items.length > MOST_NETWORKS) return refuse(name, `${items.length} networks`, `more than ${MOST_NETWORKS}`);
  const networks = items.map((item) => {
    const network = parseNetwork(item);
    if (!network) return refuse(name, item, 'neither an address nor a network', hint);
    if (hasHostBits(network))
      return refuse(name, item, 'an address within a network', `The network is ${cidrOf(network)}.`);
    return cidrOf(network);
  });
  return [...new Set(networks)];
}

function refuse(name: string, text: string, why: string, hint?: string): never {
  throw new TomoError('INVALID_INPUT', `"${text}" is ${why}.`, { field: name, hint });
}

/** "session_timeout 30", or any number of "session_timeout=30". Throws INVALID_INPUT. */
export function parseAssignments(words: readonly string[]): Partial<Record<SettingKey, SettingValue>> {
  const [first = '', second] = words;
  if (!first.includes('=')) {
    const key = parseSettingKey(first);
    if (second === undefined) {
      throw invalidInput(`No value for ${key} is given.`, `It takes ${allowedValues(SETTINGS[key])}.`);
    }
    if (words.length > 2) {
      const hint = 'One setting: key value. Several: key=value key=value. A list of networks is separated by commas.';
      throw invalidInput(`"${words[2]}" is one word too many.`, hint);
    }
    return { [key]: parseSettingValue(key, second) };
  }
  const values: Partial<Record<SettingKey, SettingValue>> = {};
  for (const word of words) {
    const [name = '', ...rest] = word.split('=');
    if (rest.length === 0) throw invalidInput(`"${word}" is not of the form key=value.`);
    const key = parseSettingKey(name);
    if (key in values) throw invalidInput(`${key} is given twice.`);
    values[key] = parseSettingValue(key, rest.join('='));
  }
  return values;
}

/** What a setting takes: "a whole number of minutes from 1 to 43200 (30 days)". */
export function allowedValues(definition: SettingDefinition): string {
  switch (definition.type) {
    case 'amount': {
      const { unit, min, max, zero } = definition;
      const longest = unit === 'min' ? ` (${max / 1440} days)` : '';
      return `a whole number of ${UNITS[unit].noun} from ${min} to ${max}${longest}${zero ? `; 0 is ${zero}` : ''}`;
    }
    case 'choice':
      return `one of: ${definition.words.join(', ')}`;
    case 'switch':
      return 'on or off';
    case 'networks':
      return 'addresses and networks (CIDR) separated by commas, or none';
    default:
      return definition satisfies never;
  }
}

/** For people: "60 min", "30 days (43200 min)", "unlimited", "10.0.0.0/8, 192.0.2.1/32". */
export function settingWords(key: SettingKey, value: SettingValue): string {
  const definition = SETTINGS[key];
  if (definition.type !== 'amount' || typeof value !== 'number') return exactSetting(value).replaceAll(',', ', ');
  const { unit, zero } = definition;
  if (value === 0 && zero) return zero;
  if (unit === 'sessions') return String(value);
  if (unit === 'days') return `${value} ${value === 1 ? 'day' : 'days'}`;
  if (unit === 'min' && value >= 2880 && value % 1440 === 0) return `${value / 1440} days (${value} min)`;
  if (unit === 'min' && value >= 120 && value % 60 === 0) return `${value / 60} h (${value} min)`;
  return `${value} ${unit}`;
}

/** For programs, and what parseSettingValue takes back: "60", "on", "10.0.0.0/8,192.0.2.1/32", "none". */
export function exactSetting(value: SettingValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'object') return value.length > 0 ? value.join(',') : 'none';
  return String(value);
}
