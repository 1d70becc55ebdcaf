import { makeSigningKeys, type SigningKeys } from '../../domain/token/token.ts';
import { readConfig } from './config-file.ts';
import { readSecretFile } from './secret-file.ts';

/**
 * The keys that Tomo's server signs with: JWT_SECRET_KEY or the file JWT_SECRET_KEY_FILE, and JWT_PREVIOUS_SECRET_KEYS
 * (comma separated) while a rotation lasts; else the files that the config file names. Undefined when there is none.
 * Throws INVALID_INPUT for a key that is too short and a file that others can read.
 */
export function readSigningKeys(env: NodeJS.ProcessEnv): SigningKeys | undefined {
  const config = env.JWT_SECRET_KEY && env.JWT_PREVIOUS_SECRET_KEYS !== undefined ? {} : readConfig(env);
  const file = env.JWT_SECRET_KEY_FILE || config.jwtSecretKeyFile;
  const current = env.JWT_SECRET_KEY || (file ? readSecretFile(file, 'signing key') : undefined);
  if (current === undefined) return undefined;
  const previous =
    env.JWT_PREVIOUS_SECRET_KEYS?.split(',').filter(Boolean) ??
    config.jwtPreviousSecretKeyFiles?.map((previous) => readSecretFile(previous, 'signing key'));
  return makeSigningKeys(current, previous);
}
