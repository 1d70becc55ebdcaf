import type { Command } from '@oclif/core/command';

/**
 * Whether a flag has been given "json", one of its words. By argv, as oclif does it: an error of parsing is JSON, too.
 */
export function asksForJson(argv: readonly string[], flags: typeof Command.flags): boolean {
  const end = argv.indexOf('--');
  const given = end < 0 ? argv : argv.slice(0, end);
  return Object.entries(flags).some(([name, flag]) => {
    if (flag.type !== 'option' || !flag.options?.includes('json')) return false;
    const [long, short] = [`--${name}`, `-${flag.char ?? ''}`];
    return given.some((arg, i) =>
      arg === 'json'
        ? [long, short].includes(given[i - 1] ?? '')
        : [`${long}=json`, `${short}=json`, `${short}json`].includes(arg),
    );
  });
}
