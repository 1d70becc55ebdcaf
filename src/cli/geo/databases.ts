import { delimiter } from 'node:path';
import * as Flags from '@oclif/core/flags';
import type { GeoKind, GeoSource } from '../../domain/geo/file.ts';
import { invalidInput } from '../../model/errors.ts';
import { configFileOf, readConfig } from '../connect/config-file.ts';

const fileFlag = (description: string) =>
  Flags.string({ multiple: true, multipleNonGreedy: true, description, helpValue: '<file>' });

/** The databases, the same in every command that looks addresses up. */
export const geoFlags = {
  'city-database': fileFlag(
    'MaxMind database (.mmdb) of cities or countries; may be repeated, e.g. for IPv4 and IPv6. [default: TOMO_GEO_CITY_DATABASE, then the config file]',
  ),
  'asn-database': fileFlag(
    'MaxMind database of networks, for the ISP. [default: TOMO_GEO_ASN_DATABASE, then the config file]',
  ),
};

const NAMES = [
  { kind: 'city', flag: 'city-database', variable: 'TOMO_GEO_CITY_DATABASE', key: 'geoCityDatabase' },
  { kind: 'asn', flag: 'asn-database', variable: 'TOMO_GEO_ASN_DATABASE', key: 'geoAsnDatabase' },
] as const satisfies { kind: GeoKind; [name: string]: string }[];

/** Of each kind the files that the flag names, else the variable, else the config file; several as in PATH. */
export function resolveGeoSources(
  flags: { [K in keyof typeof geoFlags]?: string[] | undefined },
  env: NodeJS.ProcessEnv,
): GeoSource[] {
  return NAMES.flatMap(({ kind, flag, variable, key }) => {
    const given = flags[flag];
    if (given?.includes('')) throw invalidInput(`--${flag} is empty.`, 'Was the variable behind it set?');
    const listed = (paths: readonly string[] | undefined, origin: string) =>
      paths?.filter(Boolean).map((path) => ({ kind, path, origin }));
    return (
      listed(given, `--${flag}`) ??
      listed(env[variable]?.split(delimiter), variable) ??
      listed(
        readConfig(env)[key]?.split(delimiter),
        `"${key}" in ${configFileOf(env, (config) => config[key] !== undefined)}`,
      ) ??
      []
    );
  });
}
