import { stripVTControlCharacters } from 'node:util';

/** What is for programs: times to the microsecond, counters of the schema, and what JavaScript calls nothing. */
const FOR_PROGRAMS =
  /\d{4}-\d\d-\d\dT\d\d:\d\d|\d:\d\d\.\d{3}|\bepoch\b|\b(undefined|null|NaN|Infinity)\b|\[object|\b(new_device|unusual_location|end_reason)\b/i;

/** The lines of a text for people that are not as a person would say it. */
export function unsaid(text: string): string[] {
  const lines = stripVTControlCharacters(text).split('\n');
  // what was recorded is shown as it was; a hint may show what can be typed
  const recorded = lines.indexOf('As recorded');
  return lines
    .slice(0, recorded < 0 ? lines.length : recorded)
    .filter((line) => FOR_PROGRAMS.test(line) && !line.startsWith('Write an ISO 8601 time'));
}
