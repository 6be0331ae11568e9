import { describe, expect, it } from '@jest/globals';
import { parseAllowList } from './allow-list.ts';
import { parseDenyList } from './deny-list.ts';

describe('parseAllowList', () => {
  it('parses hosts with ports, IPv6 and networks', () => {
    const list = parseAllowList('receiver:8080, 127.0.0.1:9000\n[::1]:9001 10.0.0.0/8 fd00::/8');

    expect(list.allowsHost('receiver', 8080)).toBe(true);
    expect(list.allowsHost('receiver', 8081)).toBe(false);
    expect(list.allowsHost('::1', 9001)).toBe(true);
    expect(list.allowsAddress('10.200.0.1')).toBe(true);
    expect(list.allowsAddress('::ffff:10.200.0.1')).toBe(true);
    expect(list.allowsAddress('fd12::1')).toBe(true);
    expect(list.allowsAddress('11.0.0.1')).toBe(false);
    expect(list.allowsAddress('10.0.0.0/8')).toBe(false);
  });

  it.each([
    'localhost',
    'http://localhost:80',
    '10.0.0.0/33',
    'fd00::/129',
    'a:0',
    'a:65536',
    '10.0.0/8',
    '10.0.0.1',
  ])('names the entry that it cannot parse: %s', (entry) => {
    expect(() => parseAllowList(`ok:80,${entry}`)).toThrow(entry);
  });
});

describe('parseDenyList', () => {
  it('parses addresses and networks', () => {
    const list = parseDenyList('93.184.216.7, 2606:2800::/32\n203.0.114.0/24');

    expect(list.deniesAddress('93.184.216.7')).toBe(true);
    expect(list.deniesAddress('93.184.216.8')).toBe(false);
    expect(list.deniesAddress('203.0.114.200')).toBe(true);
    expect(list.deniesAddress('2606:2800:220::1')).toBe(true);
    expect(list.deniesAddress('2606:2801::1')).toBe(false);
    expect(list.deniesAddress('no address')).toBe(false);
    expect(parseDenyList('').deniesAddress('93.184.216.7')).toBe(false);
  });

  it.each(['hooks.example.com', '93.184.216.7:443', '10.0.0.0/33', '[::1]', '10.0.0'])(
    'names the entry that it cannot parse: %s',
    (entry) => {
      expect(() => parseDenyList(`9.9.9.9,${entry}`)).toThrow(`cannot read ${entry}`);
    },
  );
});
