import { describe, expect, it } from '@jest/globals';
import { embeddedIpv4, nat64Prefixes } from './nat64.ts';

/** 192.0.2.33 and 192.0.0.170 under the example prefixes of RFC 6052, section 2.4, one of each length. */
const EXAMPLES = [
  ['2001:db8:c000:221::', '2001:db8:c000:aa::', 32],
  ['2001:db8:1c0:2:21::', '2001:db8:1c0:0:aa::', 40],
  ['2001:db8:122:c000:2:2100::', '2001:db8:122:c000:0:aa00::', 48],
  ['2001:db8:122:3c0:0:221::', '2001:db8:122:3c0:0:aa::', 56],
  ['2001:db8:122:344:c0:2:2100::', '2001:db8:122:344:c0:0:aa00::', 64],
  ['2001:db8:122:344::192.0.2.33', '2001:db8:122:344::192.0.0.170', 96],
] as const;

describe('nat64Prefixes', () => {
  it.each(EXAMPLES)('finds the prefix of %s (RFC 6052) in the answer %s', (address, wellKnown, bits) => {
    const prefixes = nat64Prefixes(['192.0.0.170', '192.0.0.171', wellKnown]);
    expect(prefixes.map((prefix) => prefix.length * 8)).toEqual([bits]);
    expect(prefixes.map((prefix) => embeddedIpv4(address, prefix))).toEqual(['192.0.2.33']);
    expect(embeddedIpv4('2606:4700::1111', prefixes[0] ?? [])).toBeNull();
    expect(embeddedIpv4('192.0.2.33', prefixes[0] ?? [])).toBeNull();
  });

  it('finds the well-known prefix, and no prefix if nothing is synthesised', () => {
    expect(nat64Prefixes(['64:ff9b::c000:ab'])).toEqual([[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]]);
    expect(nat64Prefixes(['192.0.0.170', '192.0.0.171'])).toEqual([]);
    expect(nat64Prefixes(['2606:4700::1111'])).toEqual([]);
    expect(nat64Prefixes([])).toEqual([]);
  });
});
