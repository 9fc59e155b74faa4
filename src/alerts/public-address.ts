// Which addresses a request may go to whose URL a user has chosen: not to this machine, its networks or a cloud's metadata service. The
// address that is connected to is checked, since a name may resolve to any (IANA registries of special-purpose addresses, RFC 6890).
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

type Network = readonly [address: string, prefix: number];

/** Every row of the IANA IPv4 Special-Purpose Address Registry, and multicast. */
const specialIpv4: readonly Network[] = [
  ['0.0.0.0', 8], // this network, RFC 791
  ['10.0.0.0', 8], // private, RFC 1918
  ['100.64.0.0', 10], // shared by a provider's customers, RFC 6598
  ['127.0.0.0', 8], // loopback, RFC 1122
  ['169.254.0.0', 16], // link-local, RFC 3927; metadata of clouds
  ['172.16.0.0', 12], // private, RFC 1918
  ['192.0.0.0', 24], // protocol assignments, RFC 6890
  ['192.0.2.0', 24], // documentation, RFC 5737
  ['192.31.196.0', 24], // AS112, RFC 7535
  ['192.52.193.0', 24], // AMT, RFC 7450
  ['192.88.99.0', 24], // 6to4 relays, RFC 7526
  ['192.168.0.0', 16], // private, RFC 1918
  ['192.175.48.0', 24], // AS112, RFC 7534
  ['198.18.0.0', 15], // benchmarking, RFC 2544
  ['198.51.100.0', 24], // documentation, RFC 5737
  ['203.0.113.0', 24], // documentation, RFC 5737
  ['224.0.0.0', 4], // multicast, RFC 5771
  ['240.0.0.0', 4], // reserved, RFC 1112, and limited broadcast
];

/** What the IANA IPv6 Special-Purpose Address Registry has within global unicast. */
const specialIpv6: readonly Network[] = [
  ['2001::', 23], // protocol assignments, RFC 2928: Teredo, benchmarking, AMT, AS112, ORCHID
  ['2001:db8::', 32], // documentation, RFC 3849
  ['2002::', 16], // 6to4, RFC 3056: carries an IPv4 address
  ['2620:4f:8000::', 48], // AS112, RFC 7534
  ['3fff::', 20], // documentation, RFC 9637
];

/** Global unicast (RFC 4291): all else is special, reserved, or an IPv4 address in another form. */
const globalIpv6: Network = ['2000::', 3];

/** Prefixes of 96 bits whose last 32 are judged as the IPv4 address that they are: mapped (RFC 4291) and NAT64 (RFC 6052). */
const ipv4Prefixes = ['::ffff:', '64:ff9b::'];

const blockedIpv4 = listOf('ipv4', specialIpv4);
const openIpv6 = listOf('ipv6', [globalIpv6, ...ipv4Prefixes.map((prefix): Network => [`${prefix}0.0.0.0`, 96])]);
const blockedIpv6 = listOf('ipv6', [
  ...specialIpv6,
  ...ipv4Prefixes.flatMap((prefix) => specialIpv4.map(([address, bits]): Network => [prefix + address, 96 + bits])),
]);

function listOf(family: 'ipv4' | 'ipv6', networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, family);
  return list;
}

/** Also false for an address with a zone, which is of one link, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 4) return !blockedIpv4.check(address, 'ipv4');
  return family === 6 && openIpv6.check(address, 'ipv6') && !blockedIpv6.check(address, 'ipv6');
}

/** Resolves a name to its public addresses; one that has none cannot be reached. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...(options as LookupOptions), all: true }, (error, found) => {
    if (error !== null) return callback(error, '', 0);
    const open = (found as LookupAddress[]).filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (first === undefined) {
      const list = (found as LookupAddress[]).map(({ address }) => address).join(', ');
      return callback(new Error(`${hostname} is at ${list}, which is not public`), '', 0);
    }
    if (options.all === true) callback(null, open);
    else callback(null, first.address, first.family);
  });
};
