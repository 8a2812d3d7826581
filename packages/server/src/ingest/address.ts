import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What an address is for, when it is not for the public internet. */
export type AddressPurpose =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'metadata'
  | 'documentation'
  | 'benchmarking'
  | 'multicast'
  | 'broadcast'
  | 'relay'
  | 'reserved';

interface Range {
  readonly cidr: string;
  readonly purpose: AddressPurpose;
  /** Where the range is set aside. */
  readonly source: string;
}

const row = (cidr: string, purpose: AddressPurpose, source: string): Range => ({ cidr, purpose, source });

/** IPv4: everything outside these rows is public unicast (IANA IPv4 Special-Purpose Address Registry, RFC 6890). */
export const RANGES_V4: readonly Range[] = [
  row('169.254.169.254/32', 'metadata', 'instance metadata of AWS, GCP, Azure and others'),
  row('169.254.170.2/32', 'metadata', 'task credentials of AWS ECS'),
  row('168.63.129.16/32', 'metadata', 'Azure wire server; a public address by number'),
  row('100.100.100.200/32', 'metadata', 'instance metadata of Alibaba Cloud'),
  row('192.0.0.192/32', 'metadata', 'instance metadata of Oracle Cloud'),
  row('0.0.0.0/8', 'unspecified', 'RFC 791, section 3.2; Linux connects 0.0.0.0 to itself'),
  row('10.0.0.0/8', 'private', 'RFC 1918'),
  row('100.64.0.0/10', 'shared', 'RFC 6598'),
  row('127.0.0.0/8', 'loopback', 'RFC 1122, section 3.2.1.3'),
  row('169.254.0.0/16', 'link-local', 'RFC 3927'),
  row('172.16.0.0/12', 'private', 'RFC 1918'),
  row('192.0.0.0/24', 'reserved', 'RFC 6890, section 2.1'),
  row('192.0.2.0/24', 'documentation', 'RFC 5737'),
  row('192.31.196.0/24', 'reserved', 'RFC 7535, AS112'),
  row('192.52.193.0/24', 'relay', 'RFC 7450, AMT'),
  row('192.88.99.0/24', 'relay', 'RFC 7526, 6to4 relays'),
  row('192.168.0.0/16', 'private', 'RFC 1918'),
  row('192.175.48.0/24', 'reserved', 'RFC 7534, AS112'),
  row('198.18.0.0/15', 'benchmarking', 'RFC 2544'),
  row('198.51.100.0/24', 'documentation', 'RFC 5737'),
  row('203.0.113.0/24', 'documentation', 'RFC 5737'),
  row('224.0.0.0/4', 'multicast', 'RFC 5771'),
  row('255.255.255.255/32', 'broadcast', 'RFC 919'),
  row('240.0.0.0/4', 'reserved', 'RFC 1112, section 4'),
];

/** IPv6: only 2000::/3 is public unicast (RFC 4291, section 2.4), and in it not these rows (registry of RFC 6890). */
const RANGES_V6: readonly Range[] = [
  row('fd00:ec2::254/128', 'metadata', 'instance metadata of AWS'),
  row('fd20:ce::254/128', 'metadata', 'instance metadata of GCP'),
  row('::/128', 'unspecified', 'RFC 4291, section 2.5.2'),
  row('::1/128', 'loopback', 'RFC 4291, section 2.5.3'),
  row('::/96', 'relay', 'RFC 4291, section 2.5.5.1, IPv4-compatible'),
  row('64:ff9b:1::/48', 'relay', 'RFC 8215, local NAT64'),
  row('100::/64', 'reserved', 'RFC 6666, discard'),
  row('100:0:0:1::/64', 'reserved', 'RFC 9780'),
  row('2001::/32', 'relay', 'RFC 4380, Teredo'),
  row('2001:2::/48', 'benchmarking', 'RFC 5180'),
  row('2001:db8::/32', 'documentation', 'RFC 3849'),
  row('2001::/23', 'reserved', 'RFC 2928'),
  row('2002::/16', 'relay', 'RFC 3056, 6to4; retired by RFC 7526'),
  row('2620:4f:8000::/48', 'reserved', 'RFC 7534, AS112'),
  row('3fff::/20', 'documentation', 'RFC 9637'),
  row('5f00::/16', 'reserved', 'RFC 9602, segment routing'),
  row('fc00::/7', 'private', 'RFC 4193'),
  row('fe80::/10', 'link-local', 'RFC 4291, section 2.5.6'),
  row('fec0::/10', 'private', 'RFC 3879, site-local, retired'),
  row('ff00::/8', 'multicast', 'RFC 4291, section 2.7'),
];

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const compiled = [...RANGES_V4, ...RANGES_V6].map((range) => ({ range, net: ipaddr.parseCIDR(range.cidr) }));
const PUBLIC_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 4291, section 2.5.5.2 and RFC 6052, section 2.1: the last 32 bits are the address that is reached. */
const EMBEDDING = ['::ffff:0:0/96', '64:ff9b::/96', '::ffff:0:0:0/96'].map((cidr) => ipaddr.IPv6.parseCIDR(cidr));

const inside = (address: Address, [net, bits]: [Address, number]): boolean =>
  address.kind() === net.kind() && address.match(net as never, bits);

const reached = (address: Address): Address =>
  address.kind() === 'ipv6' && EMBEDDING.some((net) => inside(address, net))
    ? ipaddr.fromByteArray(address.toByteArray().slice(12))
    : address;

/**
 * Why an address must not be connected to, or `undefined` when it is public unicast. Whatever is not known to be public
 * is refused, a text that is no address too.
 */
export function notPublic(text: string): { readonly purpose: AddressPurpose; readonly source: string } | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  // Stricter than ipaddr.js, which reads `1.2.3` as inet_aton does.
  if (isIP(bare) === 0) return { purpose: 'reserved', source: 'not an address' };
  const address = reached(ipaddr.parse(bare));
  const hit = compiled.find(({ net }) => inside(address, net as [Address, number]));
  if (hit) return hit.range;
  if (address.kind() === 'ipv6' && !inside(address, PUBLIC_V6))
    return { purpose: 'reserved', source: 'RFC 4291, section 2.4: outside 2000::/3' };
  return undefined;
}
