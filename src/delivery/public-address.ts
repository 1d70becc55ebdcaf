import { BlockList, isIPv4 } from 'node:net';

function subnets(family: 'ipv4' | 'ipv6', networks: string): BlockList {
  const list = new BlockList();
  for (const [network = '', bits] of networks.split(' ').map((text) => text.split('/')))
    list.addSubnet(network, Number(bits), family);
  return list;
}

/** IPv4 that is not globally reachable. https://www.iana.org/assignments/iana-ipv4-special-registry */
const SPECIAL = subnets(
  'ipv4',
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
    '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3',
);
/**
 * IPv6: of the global unicast addresses (2000::/3) all but those that hold an IPv4 address or are for documentation.
 */
const GLOBAL = subnets('ipv6', '2000::/3');
const SPECIAL_GLOBAL = subnets('ipv6', '2001::/23 2001:db8::/32 2002::/16 3fff::/20');

/**
 * Whether an address is out on the internet: not this machine, not a network of ours, not a cloud's metadata service.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL.check(address, 'ipv4');
  return GLOBAL.check(address, 'ipv6') && !SPECIAL_GLOBAL.check(address, 'ipv6');
}
