import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The rows of "Troubleshooting" in Tomo's guide to sessions. */
const GUIDE = {
  'Session expires too quickly': [
    'Check `SESSION_TIMEOUT` setting',
    'Verify server time is correct',
    'Check if user is being idle',
    'Review activity logs',
  ],
  'Cannot revoke session': [
    'Session not found: May already be expired',
    'Permission denied: Need admin role',
    'Database error: Check logs',
  ],
  'Duplicate sessions': ['Review login patterns', 'Check for automation/scripts', 'Consider setting session limits'],
  'Session not persisting': [
    'Cookies blocked: Enable cookies in browser',
    'HTTPS mismatch: Ensure consistent protocol',
    'Clock skew: Sync server time',
  ],
};

/** The message says all there is to say. */
const WITHOUT_CHECK = 'Session not found: May already be expired';

const PAGE = readFileSync('docs/troubleshooting.md', 'utf8');
const CHECKS = ['database', 'settings', 'sessions', 'storage', 'rights', 'machine']
  .map((name) => readFileSync(`src/domain/doctor/${name}.ts`, 'utf8'))
  .join('\n');

describe.each(Object.entries(GUIDE))('docs/troubleshooting.md: %s', (heading, rows) => {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

  it.each(rows)('has the row of the guide, a check that names it, and a command: %s', (row) => {
    const [, cause = '', check = '', command = ''] =
      section
        .split('\n')
        .find((line) => line.startsWith(`| ${row} |`))
        ?.split('|') ?? [];
    expect(cause.trim()).toBe(row);
    const [, words = ''] = /`([^`]*): …`/.exec(check) ?? [];
    expect(words === '').toBe(row === WITHOUT_CHECK);
    if (words) expect(CHECKS).toMatch(new RegExp(`['\`]${words}:`));
    expect(command).toMatch(/`(DEBUG=tomo )?tomo /);
  });
});
