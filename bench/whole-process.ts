import { spawn } from 'node:child_process';
import { ENV } from './startup.ts';

/** Milliseconds of a whole process. Throws with what it said where it ends with another exit code than these. */
export function timeProcess(
  [file = '', ...args]: readonly string[],
  { env = {}, codes = [0] }: { env?: Record<string, string>; codes?: readonly number[] } = {},
): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.resume();
    child.stderr.on('data', (data) => {
      said += data;
    });
    child
      .on('error', reject)
      .on('close', (code) =>
        codes.includes(code ?? -1)
          ? resolve(performance.now() - started)
          : reject(new Error(`${[file, ...args].join(' ')}: ${code} ${said}`)),
      );
  });
}
