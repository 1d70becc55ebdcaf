import { isIP, SocketAddress } from 'node:net';

/** An address with its length in bits; a single address has all of them. */
export interface Network {
  address: string;
  length: number;
}

/** ::ffff:0:0/96, IPv4 inside IPv6 (RFC 4291, section 2.5.5.2), in bits. */
const MAPPED = '0'.repeat(80) + '1'.repeat(16);

/**
 * "10.0.0.0/8" or "10.0.0.1"; undefined when it is neither a network nor an address. One inside IPv6, as logs of
 * servers have it, is the IPv4 one, as in the database.
 */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...more] = text.trim().split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || address.includes('%') || more.length > 0) return undefined;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= bits)) return undefined;
  const network = { address, length: length === undefined ? bits : Number(length) };
  const inside = bits === 128 && network.length >= MAPPED.length && bitsOf(address).startsWith(MAPPED);
  return inside
    ? { address: addressOf(bitsOf(address).slice(MAPPED.length), 32), length: network.length - MAPPED.length }
    : network;
}

/**
 * What somebody means who types an address, a network or the first whole groups of one: "10.1." is
 * 10.1.0.0/16, "2001:db8:" 2001:db8::/32. Two groups without what ends them may be anything else, a version.
 * Undefined: none of these.
 */
export function networkOfPrefix(text: string): string | undefined {
  if (parseNetwork(text)) return text;
  const groups = text.split(/[.:]/).filter(Boolean);
  if (groups.length < 3 && !/[.:]$/.test(text)) return undefined;
  const four = /^(\d+\.){1,3}\d*$/.test(text);
  if (!four && !/^[0-9a-f]+(:[0-9a-f]+)*:{0,2}$/i.test(text)) return undefined;
  const first = four ? [...groups, 0, 0, 0].slice(0, 4).join('.') : `${groups.join(':')}::`;
  const network = `${first}/${groups.length * (four ? 8 : 16)}`;
  return parseNetwork(network) && network;
}

/** The network that an address is in, as PostgreSQL writes a cidr: "10.1.2.3/8" is in "10.0.0.0/8". */
export function cidrOf({ address, length }: Network): string {
  return `${addressOf(bitsOf(address), length)}/${length}`;
}

/** What puts addresses in order as PostgreSQL does, in an order of numbers: IPv4 before IPv6, each by its bits. */
export function placeOfAddress(text: string): string {
  const found = parseNetwork(text);
  if (!found) return text;
  const bits = bitsOf(found.address);
  return `${bits.length}${bits}`;
}

/** Whether the address has bits to the right of the length, which no cidr has. */
export function hasHostBits({ address, length }: Network): boolean {
  return bitsOf(address).slice(length).includes('1');
}

function bitsOf(address: string): string {
  if (isIP(address) === 4) return binary(address.split('.'), 10, 8);
  // a URL has no other form of it than hexadecimal groups
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [left, right] = [head, tail ?? ''].map((groups) => groups.split(':').filter(Boolean)) as [string[], string[]];
  return binary([...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right], 16, 16);
}

function binary(parts: readonly string[], radix: number, width: number): string {
  return parts.map((part) => Number.parseInt(part, radix).toString(2).padStart(width, '0')).join('');
}

function addressOf(bits: string, length: number): string {
  const zeroed = bits.slice(0, length).padEnd(bits.length, '0');
  const parts = (width: number, radix: number) =>
    zeroed.match(new RegExp(`.{${width}}`, 'g'))?.map((part) => Number.parseInt(part, 2).toString(radix));
  if (bits.length === 32) return parts(8, 10)?.join('.') ?? '';
  return new SocketAddress({ address: parts(16, 16)?.join(':') ?? '', family: 'ipv6' }).address;
}
