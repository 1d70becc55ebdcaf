/** A small writer of MaxMind DB files, version 2.0: https://maxmind.github.io/MaxMind-DB/ */

/** Numbers are doubles; a bigint is an unsigned integer. */
export type MmdbValue = string | number | bigint | boolean | MmdbValue[] | { [key: string]: MmdbValue };

export interface MmdbOptions {
  type: string;
  /** Networks as "203.0.113.0/24" or "2001:db8::/32"; a later one lies within or beside an earlier one. */
  networks: Record<string, MmdbValue>;
  ipVersion?: 4 | 6;
  recordSize?: 24 | 28 | 32;
  builtAt?: Date;
}

/** A node has two branches, each another node or the number of a record; undefined: nothing known. */
type Branch = Node | number | undefined;
type Node = [Branch, Branch];

export function writeMmdb({
  type,
  networks,
  ipVersion = 6,
  recordSize = 28,
  builtAt = new Date(),
}: MmdbOptions): Buffer {
  const root: Node = [undefined, undefined];
  const data: Buffer[] = [];
  const offsets: number[] = [];
  let length = 0;
  for (const [network, value] of Object.entries(networks)) {
    insert(root, bitsOf(network, ipVersion), offsets.length);
    const bytes = encode(value);
    offsets.push(length);
    data.push(bytes);
    length += bytes.length;
  }
  const nodes = collect(root);
  const numbers = new Map(nodes.map((node, i) => [node, i]));
  const target = (branch: Branch) => {
    if (branch === undefined) return nodes.length;
    return typeof branch === 'number' ? nodes.length + 16 + (offsets[branch] ?? 0) : (numbers.get(branch) ?? 0);
  };
  const tree = nodes.map(([left, right]) => encodeNode(target(left), target(right), recordSize));
  const metadata = {
    binary_format_major_version: 2n,
    binary_format_minor_version: 0n,
    build_epoch: BigInt(Math.floor(builtAt.getTime() / 1000)),
    database_type: type,
    description: { en: 'made for a test' },
    ip_version: BigInt(ipVersion),
    languages: ['en'],
    node_count: BigInt(nodes.length),
    record_size: BigInt(recordSize),
  };
  return Buffer.concat([
    ...tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    encode(metadata),
  ]);
}

/** IPv4 lies in the first 32 of the 128 bits, behind 96 zeros. */
function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [address = '', prefix] = network.split('/');
  const isV4 = !address.includes(':');
  const bits = isV4 ? address.split('.').map((part) => Number(part).toString(2).padStart(8, '0')) : groupsOf(address);
  const own = bits.join('').slice(0, Number(prefix));
  return [...(isV4 && ipVersion === 6 ? '0'.repeat(96) : ''), ...own].map(Number);
}

function groupsOf(address: string): string[] {
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const zeros = Array.from({ length: 8 - groups(left).length - groups(right).length }, () => '0');
  return [...groups(left), ...zeros, ...groups(right)].map((group) =>
    Number.parseInt(group, 16).toString(2).padStart(16, '0'),
  );
}

function insert(root: Node, bits: number[], record: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1) as (0 | 1)[]) {
    const next = node[bit];
    // a larger network is divided: both halves keep what it said
    const child: Node = Array.isArray(next) ? next : [next, next];
    node[bit] = child;
    node = child;
  }
  node[bits.at(-1) as 0 | 1] = record;
}

function collect(node: Node): Node[] {
  return [node, ...node.flatMap((branch) => (Array.isArray(branch) ? collect(branch) : []))];
}

function encodeNode(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordSize / 4);
  if (recordSize === 32) {
    bytes.writeUInt32BE(left, 0);
    bytes.writeUInt32BE(right, 4);
  } else {
    bytes.writeUIntBE(left % 2 ** 24, 0, 3);
    bytes.writeUIntBE(right % 2 ** 24, bytes.length - 3, 3);
    if (recordSize === 28) bytes[3] = (Math.floor(left / 2 ** 24) << 4) | Math.floor(right / 2 ** 24);
  }
  return bytes;
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === 'number') {
    const double = Buffer.alloc(8);
    double.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), double]);
  }
  if (typeof value === 'bigint') {
    const hex = value === 0n ? '' : value.toString(16);
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
    return Buffer.concat([control(bytes.length > 4 ? 9 : 6, bytes.length), bytes]);
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0);
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, item]) => [encode(key), encode(item)])]);
}

/**
 * Type in the upper three bits, or, above 7, in a byte of its own; size in the lower five, or in up to two bytes more.
 */
function control(type: number, size: number): Buffer {
  const short = size < 29 ? size : size < 285 ? 29 : 30;
  const head = type > 7 ? [short, type - 7] : [(type << 5) | short];
  const rest = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 0xff];
  return Buffer.from([...head, ...rest]);
}
