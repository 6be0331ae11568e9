import { isIPv4 } from 'node:net';

/** Returns the 16 bytes of an IPv6 address in any of its spellings (RFC 4291, section 2.2); ignores a zone id. */
export function ipv6Bytes(address: string): number[] {
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

/** Parses groups of 16 bits; the last two may be written as IPv4. */
function groupsOf(text: string): number[] {
  return text
    .split(':')
    .filter(Boolean)
    .flatMap((group) => {
      if (!isIPv4(group)) return [Number.parseInt(group, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
      return [a * 256 + b, c * 256 + d];
    });
}
