import { describe, expect, it } from '@jest/globals';
import { parseAllowList } from './allow-list.ts';
import { createDestinationGuard } from './destination-guard.ts';

describe('parseAllowList', () => {
  it('reads hosts with ports, IPv6 and networks', () => {
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

  it.each(['localhost', 'http://localhost:80', '10.0.0.0/33', 'fd00::/129', 'a:0', 'a:65536', '10.0.0/8'])(
    'names the entry it cannot read: %s',
    (entry) => {
      expect(() => parseAllowList(`ok:80,${entry}`)).toThrow(entry);
    },
  );
});

describe('createDestinationGuard', () => {
  it('lets an exact entry override every rule, a network only the addresses', () => {
    const guard = createDestinationGuard(parseAllowList('localhost:6379,10.0.0.0/8'));

    expect(guard.judgeHost('localhost', 6379)).toBeNull();
    expect(guard.judgeAnswer('localhost', 6379, ['127.0.0.1', '::1'])).toBeNull();
    expect(guard.judgeHost('localhost', 6380)).toMatchObject({ code: 'localhost' });
    expect(guard.judgeHost('10.0.0.1', 8080)).toBeNull();
    expect(guard.judgeHost('10.0.0.1', 6379)).toMatchObject({ code: 'not_allowed' });
    expect(guard.judgeHost('intranet', 8080)).toMatchObject({ code: 'not_allowed' });
    expect(guard.judgeAnswer('hooks.example.com', 443, ['10.0.0.1', '127.0.0.1'])).not.toBeNull();
  });
});
