import { expect, it } from 'vitest';
import type { Alert, AlertKind } from '../../src/model/alert.ts';
import { timeSpan, whatHappened } from '../../src/views/alert/words.ts';

const words = (kind: AlertKind, evidence: Record<string, unknown>) => whatHappened({ kind, evidence } as Alert);
const lagos = { country: 'NG', city: 'Lagos', ip: '102.89.1.2' };
const berlin = { country: 'DE', city: 'Berlin', ip: '203.0.113.7' };

it.each<[AlertKind, Record<string, unknown>, string]>([
  ['new_device', { browser: 'Firefox', os: 'Windows' }, 'Firefox on Windows, never seen before'],
  ['new_device', { browser: 'curl' }, 'curl, never seen before'],
  ['new_device', { formFactor: 'bot' }, 'bot, never seen before'],
  ['new_device', {}, 'unknown device, never seen before'],
  ['unusual_location', { reasons: ['new-country'], to: lagos }, 'first login from Lagos, NG'],
  [
    'unusual_location',
    { reasons: ['new-country'], to: { country: 'NG' }, from: berlin },
    'first login from NG; before that Berlin, DE',
  ],
  [
    'unusual_location',
    { reasons: ['new-country'], to: lagos, from: berlin, distanceKm: 5196, hours: 30, kmh: 173 },
    'first login from Lagos, NG; 5,196 km from Berlin, DE in 30 h',
  ],
  [
    'unusual_location',
    { reasons: ['impossible-travel'], to: lagos, from: { ip: '203.0.113.7' }, distanceKm: 5196, hours: 0, kmh: 311760 },
    'login from Lagos, NG; 5,196 km from 203.0.113.7 in under a minute (311,760 km/h)',
  ],
  ['login', { browser: 'Safari', os: 'iOS', place: berlin }, 'login with Safari on iOS from Berlin, DE'],
  ['login', { browser: 'Safari', os: 'iOS', ip: '10.0.0.1' }, 'login with Safari on iOS from 10.0.0.1'],
])('%s: %j is "%s"', (kind, evidence, sentence) => {
  expect(words(kind, evidence)).toBe(sentence);
});

it.each([
  [0.01, '1 min'],
  [1.5, '90 min'],
  [2, '2 h'],
  [47, '47 h'],
  [50, '2 days'],
])('%d hours are %s', (hours, text) => {
  expect(timeSpan(hours)).toBe(text);
});
