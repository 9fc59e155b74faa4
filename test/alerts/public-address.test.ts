// Each range of the IANA registries of special-purpose addresses, from its first address to its last, and addresses of every form
// against arithmetic on their bits.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../src/alerts/public-address.ts';

const ipv4Ranges = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared address space'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.0.0/29', 'IPv4 service continuity'],
  ['192.0.0.9/32', 'port control anycast'],
  ['192.0.0.10/32', 'TURN anycast'],
  ['192.0.0.170/31', 'discovery of NAT64'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'AS112'],
  ['192.52.193.0/24', 'AMT'],
  ['192.88.99.0/24', 'relays of 6to4'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'AS112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['255.255.255.255/32', 'limited broadcast'],
] as const;

const ipv6Ranges = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'],
  ['::ffff:0:0:0/96', 'IPv4-translated'],
  ['64:ff9b:1::/48', 'NAT64 of a network'],
  ['100::/64', 'discarded'],
  ['100:0:0:1::/64', 'dummy'],
  ['2001::/23', 'protocol assignments'],
  ['2001::/32', 'Teredo'],
  ['2001:1::1/128', 'port control anycast'],
  ['2001:2::/48', 'benchmarking'],
  ['2001:3::/32', 'AMT'],
  ['2001:4:112::/48', 'AS112'],
  ['2001:10::/28', 'ORCHID'],
  ['2001:20::/28', 'ORCHIDv2'],
  ['2001:30::/28', 'drone identifiers'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'AS112'],
  ['3fff::/20', 'documentation'],
  ['4000::/2', 'not assigned'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
] as const;

const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.0',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2001:200::',
  '2001:4860:4860::8888',
  '2606:4700::1111',
  '2a00:1450:4001::200e',
  '3ffe:ffff::1',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
  '64:ff9b::8.8.8.8',
];

const specialForms = [
  '::127.0.0.1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '0:0:0:0:0:FFFF:7F00:0001',
  '::ffff:0:7f00:1',
  '::ffff:0:127.0.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:0:0:0:1:808:808',
  '64:ff9b:1::8.8.8.8',
  '2002:7f00:1::',
  '2002:808:808::',
  'fe80::1%lo',
  '2606:4700::1111%lo',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  'localhost',
  '',
];

test.each(ipv4Ranges)('%s (%s) is not public, as it is, mapped or behind NAT64', (range) => {
  const [first, last] = ends(range);
  for (const bits of [first, last, (first + last) / 2n]) {
    const text = ipv4Text(bits);
    for (const form of [text, `::ffff:${text}`, `64:ff9b::${text}`, `::${text}`, `::ffff:0:${text}`]) {
      expect([form, isPublicAddress(form)]).toEqual([form, false]);
    }
  }
});

test.each(ipv6Ranges)('%s (%s) is not public', (range) => {
  const [first, last] = ends(range);
  for (const bits of [first, last, (first + last) / 2n]) {
    const text = ipv6Text(bits);
    expect([text, isPublicAddress(text)]).toEqual([text, false]);
  }
});

test.each(publicAddresses)('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each(specialForms)('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

describe('any address is public just if no range has it', () => {
  const blocked4 = ipv4Ranges.map(([range]) => ends(range));
  const blocked6 = ipv6Ranges.map(([range]) => ends(range));
  const isIn = (bits: bigint, ranges: readonly (readonly [bigint, bigint])[]) =>
    ranges.some(([first, last]) => first <= bits && bits <= last);
  const isPublic4 = (bits: bigint) => !isIn(bits, blocked4);
  const embedding = [0xffffn << 32n, 0x64_ff9bn << 96n];
  const isPublic6 = (bits: bigint) => {
    if (embedding.includes((bits >> 32n) << 32n)) return isPublic4(bits & 0xffff_ffffn);
    return bits >> 125n === 1n && !isIn(bits, blocked6);
  };
  // Near the edges of the ranges, where mistakes are.
  const near = (ranges: readonly (readonly [bigint, bigint])[], most: bigint) =>
    fc
      .tuple(fc.constantFrom(...ranges.flat()), fc.bigInt(-300n, 300n))
      .map(([edge, by]) => edge + by)
      .filter((bits) => bits >= 0n && bits <= most);
  const ipv4 = fc.oneof(fc.bigInt(0n, 2n ** 32n - 1n), near(blocked4, 2n ** 32n - 1n));
  const ipv6 = fc.oneof(
    fc.bigInt(0n, 2n ** 128n - 1n),
    fc.bigInt(1n << 125n, (1n << 126n) - 1n),
    near(blocked6, 2n ** 128n - 1n),
    fc.tuple(fc.constantFrom(0n, 0xffff_0000n << 32n, ...embedding), ipv4).map(([prefix, bits]) => prefix | bits),
  );

  test('of IPv4', () => {
    fc.assert(
      fc.property(ipv4, (bits) => isPublicAddress(ipv4Text(bits)) === isPublic4(bits)),
      { numRuns: 2000 },
    );
  });

  test('of IPv6', () => {
    fc.assert(
      fc.property(ipv6, (bits) => isPublicAddress(ipv6Text(bits)) === isPublic6(bits)),
      { numRuns: 2000 },
    );
  });
});

/** The first and the last address. */
function ends(range: string): readonly [bigint, bigint] {
  const [address = '', prefix] = range.split('/');
  const isIpv6 = address.includes(':');
  const size = 1n << BigInt((isIpv6 ? 128 : 32) - Number(prefix));
  const first = isIpv6 ? ipv6Bits(address) : ipv4Bits(address);
  return [first, first + size - 1n];
}

function ipv4Bits(text: string): bigint {
  return text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

/** Of hexadecimal parts alone. */
function ipv6Bits(text: string): bigint {
  const [head = [], tail = []] = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const parts = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return parts.reduce((bits: bigint, part: string) => (bits << 16n) | BigInt(`0x${part}`), 0n);
}

function ipv4Text(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
}

function ipv6Text(bits: bigint): string {
  return Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
}
