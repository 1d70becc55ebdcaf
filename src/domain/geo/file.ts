import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Reader, Response } from 'maxmind';
import { type ErrorReason, TomoError } from '../../model/errors.ts';

/** `city`: where an address is; `asn`: whose it is. */
export type GeoKind = 'city' | 'asn';

/** A database that somebody has named, and where: a flag, a variable, the config file. */
export interface GeoSource {
  kind: GeoKind;
  path: string;
  origin: string;
}

/** What a database says about itself. */
export interface GeoFacts {
  /** E.g. "GeoLite2-City": outside text. */
  type: string;
  builtAt: string;
  ipv4: boolean;
  ipv6: boolean;
}

export interface GeoFile extends GeoSource, GeoFacts {
  /** The record of an address; null when there is none. Throws INVALID_INPUT where the file is damaged. */
  find: (ip: string) => unknown;
}

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Longest metadata at the end of a file, and the zeros between its tree and its data. */
const METADATA_SIZE = 128 * 1024;
const SEPARATOR_SIZE = 16;
const AGAIN = 'Download it again, or see docs/geolocation.md.';
const PLACES = /city|country|location|enterprise/i;
const NETWORKS = /asn|isp|enterprise/i;
const OTHERS = /anonymous|connection|domain|proxy/i;

/**
 * Opens a MaxMind database (https://maxmind.github.io/MaxMind-DB/, version 2.0). Throws INVALID_INPUT or
 * PERMISSION_DENIED.
 */
export async function openGeoFile(source: GeoSource): Promise<GeoFile> {
  try {
    // a pipe must not keep us waiting; all that follows is of what this handle has, whatever the name means by then
    const handle = await open(source.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await handle.stat()).isFile()) throw problem(source, 'is not a file');
      await checkEnds(source, handle);
      const maxmind = await import('maxmind');
      const reader = new maxmind.Reader<Response>(await handle.readFile());
      await checkTree(source, handle, reader);
      const facts = factsOf(reader);
      checkKind(source, facts.type);
      return { ...source, ...facts, find: finder(source, facts, reader) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof TomoError ? error : unreadable(source, error);
  }
}

function unreadable(source: GeoSource, cause: unknown): TomoError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return problem(source, 'is not there', undefined, cause);
  if (code === 'EACCES') {
    return new TomoError('PERMISSION_DENIED', `The geolocation database ${source.path} may not be read by this user.`, {
      hint: `It is named by ${source.origin}.`,
      cause,
    });
  }
  return problem(source, 'is damaged', AGAIN, cause);
}

function problem(
  source: GeoSource,
  what: string,
  hint = `It is named by ${source.origin}.`,
  cause?: unknown,
  reason?: ErrorReason,
): TomoError {
  return new TomoError('INVALID_INPUT', `The geolocation database ${source.path} ${what}.`, { hint, reason, cause });
}

/** What it is by its first bytes, and whether it is all there: the metadata is at the end. */
async function checkEnds(source: GeoSource, handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const head = (await handle.read(Buffer.alloc(4), 0, 4, 0)).buffer;
  if (head.readUInt16BE(0) === 0x1f8b || head.toString('latin1', 0, 2) === 'PK') {
    throw problem(source, 'is compressed', 'Unpack it first: gunzip, tar -xzf or unzip.');
  }
  const length = Math.min(size, METADATA_SIZE);
  const { buffer: tail } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  if (!tail.includes(MARKER)) throw problem(source, 'is not a MaxMind database (.mmdb), or its end is missing', AGAIN);
}

async function checkTree(source: GeoSource, handle: FileHandle, { metadata }: Reader<Response>): Promise<void> {
  const { binaryFormatMajorVersion: version, ipVersion, searchTreeSize } = metadata;
  const other = `has version ${version} of the format; this program knows version 2`;
  if (version !== 2) throw problem(source, other, 'Is there a newer version of this program?');
  const separator = Buffer.alloc(SEPARATOR_SIZE, 1);
  if (Number.isSafeInteger(searchTreeSize)) await handle.read(separator, 0, SEPARATOR_SIZE, searchTreeSize);
  if ((ipVersion !== 4 && ipVersion !== 6) || separator.some((byte) => byte !== 0))
    throw problem(source, 'is damaged', AGAIN);
}

function factsOf(reader: Reader<Response>): GeoFacts {
  const { databaseType, buildEpoch, ipVersion } = reader.metadata;
  // a search that ends before it has begun: nothing of the kind is in there
  const holds = (ip: string, bits: number) => {
    const [record, depth] = reader.getWithPrefixLength(ip);
    return record !== null || depth > bits;
  };
  return {
    type: String(databaseType),
    builtAt: buildEpoch.toISOString(),
    ipv4: ipVersion === 4 || holds('0.0.0.0', 0),
    // all addresses in use begin with 2000::/3
    ipv6: ipVersion === 6 && holds('2000::', 3),
  };
}

function checkKind(source: GeoSource, type: string): void {
  const [right, wrong] = source.kind === 'city' ? [PLACES, NETWORKS] : [NETWORKS, PLACES];
  if (right.test(type) || !(wrong.test(type) || OTHERS.test(type))) return;
  const other = source.kind === 'city' ? 'names-asn-database' : 'names-city-database';
  const wanted = source.kind === 'city' ? 'where an address is (City or Country)' : 'whose an address is (ASN or ISP)';
  const what = `is of the type "${type}", which does not say ${wanted}`;
  throw problem(source, what, undefined, undefined, wrong.test(type) ? other : undefined);
}

function finder(source: GeoSource, facts: GeoFacts, reader: Reader<Response>): GeoFile['find'] {
  return (ip) => {
    // walking a tree of IPv4 by the bits of an IPv6 address would find something, and it would be wrong
    if (!(ip.includes(':') ? facts.ipv6 : facts.ipv4)) return null;
    try {
      return reader.get(ip);
    } catch (cause) {
      throw problem(source, `is damaged: the record of ${ip} cannot be read`, AGAIN, cause);
    }
  };
}
