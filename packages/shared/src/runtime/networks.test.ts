/** Tests how networks in settings are read and checked. Pure. */
import { describe, expect, it } from '@jest/globals';
import { readNetwork, tooWide } from './networks.ts';

describe('readNetwork', () => {
  it('reads networks and single addresses', () => {
    expect(readNetwork('10.0.0.0/8')).toEqual({ family: 'ipv4', address: '10.0.0.0', prefix: 8 });
    expect(readNetwork('10.0.0.1')).toEqual({ family: 'ipv4', address: '10.0.0.1', prefix: 32 });
    expect(readNetwork('fd00::1')).toEqual({ family: 'ipv6', address: 'fd00::1', prefix: 128 });
  });

  it.each(['', 'proxy.example.com', '10.0.0.0/33', 'fd00::/129', '10.0.0/8', '10.0.0.0/', '[::1]'])(
    'returns null for %p',
    (text) => expect(readNetwork(text)).toBeNull(),
  );
});

describe('tooWide', () => {
  it.each([
    '0.0.0.0/0',
    '128.0.0.0/1',
    '10.0.0.0/7',
    '::/0',
    'fd00::/8',
    '2000::/31',
    '::ffff:0:0/96',
    '::ffff:10.0.0.0/103',
    '::/80',
    '::fff0:0:0/92',
    '0:0:0:0:0:FFFF:0:0/96',
  ])('names %s', (network) => {
    expect(tooWide(['10.0.0.0/8', 'receiver:8080', network])).toMatch(
      new RegExp(`^must have no network larger than .*, such as ${network}$`),
    );
  });

  it.each(['10.0.0.0/8', '10.1.2.3', 'fd00::/32', '2000::/32', '::ffff:10.0.0.0/104', '::1/128', 'a:80'])(
    'accepts %s',
    (network) => expect(tooWide([network])).toBeNull(),
  );
});
