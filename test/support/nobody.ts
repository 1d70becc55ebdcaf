import { join } from 'node:path';

/**
 * Where programs under test look for the config file of their user, unless a test says where: that of whoever runs the
 * tests is neither read nor written. What a test writes there by mistake fails the run.
 */
export function configOfNobody(scratch: string): string {
  return join(scratch, 'config-of-nobody');
}
