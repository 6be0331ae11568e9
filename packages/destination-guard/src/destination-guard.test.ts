import { describe, expect, it } from '@jest/globals';
import { parseAllowList } from './allow-list.ts';
import { parseDenyList } from './deny-list.ts';
import { createDestinationGuard } from './destination-guard.ts';
import { readUrl } from './destination-url.ts';
import type { Refusal } from './refusal.ts';
import { NO_NETWORK } from './surroundings.ts';

const guard = createDestinationGuard(parseAllowList(''));

function judge(raw: string): Refusal | null {
  const reading = readUrl(raw);
  return reading.kind === 'refused' ? reading.refusal : guard.judgeHost(reading.url.host, reading.url.port);
}

describe('createDestinationGuard', () => {
  it.each([
    ['http://10.1.2.3/', 'private addresses are not allowed'],
    ['http://127.0.0.1/', 'private addresses are not allowed'],
    ['http://[::1]:9000/', 'private addresses are not allowed'],
    ['http://localhost:3000/', 'localhost is not allowed'],
    ['http://app.localhost/', 'localhost is not allowed'],
    ['not-a-valid-url', 'invalid URL'],
    ['https://printer.local/', 'destination is not allowed'],
    ['https://hooks.example.com:25/', 'destination is not allowed'],
  ])('A-021, A-022, A-023: refuses %s at configuration with the message: %s', (url, message) => {
    expect(judge(url)?.message).toContain(message);
  });

  it('refuses a DNS answer that is empty, has more than 32 addresses, or contains a bad address', () => {
    const many = Array.from({ length: 33 }, (_, i) => `93.184.216.${i}`);
    expect(guard.judgeAnswer('hooks.example.com', 443, [])).not.toBeNull();
    expect(guard.judgeAnswer('hooks.example.com', 443, many)).not.toBeNull();
    expect(guard.judgeAnswer('hooks.example.com', 443, many.slice(1))).toBeNull();
    expect(guard.judgeAnswer('hooks.example.com', 443, [...many.slice(2), '10.0.0.1'])).not.toBeNull();
  });

  it('lets an exact entry override the rules for names, ports and addresses, but a network only those for addresses', () => {
    const guard = createDestinationGuard(parseAllowList('localhost:6379,10.0.0.0/8'));

    expect(guard.judgeHost('localhost', 6379)).toBeNull();
    expect(guard.judgeAnswer('localhost', 6379, ['127.0.0.1', '::1'])).toBeNull();
    expect(guard.judgeHost('localhost', 6380)).toMatchObject({ code: 'localhost' });
    expect(guard.judgeHost('10.0.0.1', 8080)).toBeNull();
    expect(guard.judgeHost('10.0.0.1', 6379)).toMatchObject({ code: 'not_allowed' });
    expect(guard.judgeHost('intranet', 8080)).toMatchObject({ code: 'not_allowed' });
    expect(guard.judgeAnswer('hooks.example.com', 443, ['10.0.0.1', '127.0.0.1'])).not.toBeNull();
  });

  it('refuses a denied address even within an allowed network, but not an address that an exact entry allows', () => {
    const guard = createDestinationGuard(parseAllowList('10.0.0.0/8 93.184.216.7:443'), {
      denyList: parseDenyList('10.1.0.0/16, 93.184.216.7 2606:2800::/32'),
    });
    const verdict = (address: string, port = 443) => guard.judgeAddress(address, port, address);

    expect(verdict('10.2.0.1')).toBeNull();
    expect(verdict('10.1.0.1')).not.toBeNull();
    expect(verdict('93.184.216.7', 80)).not.toBeNull();
    expect(verdict('::ffff:93.184.216.7', 80)).not.toBeNull();
    expect(verdict('93.184.216.7')).toBeNull();
    expect(verdict('93.184.216.8')).toBeNull();
    expect(verdict('2606:2800:220:1::1')).not.toBeNull();
    // A public address is refused with the same text whatever the reason, so that the text reveals nothing about the
    // network.
    expect(guard.judgeHost('93.184.216.7', 80)).toMatchObject({ code: 'not_allowed' });
  });

  it('refuses addresses of the machine itself unless their network is allowed', () => {
    const environment = { ...NO_NETWORK, isOwn: (address: string) => address === '93.184.216.9' };
    const alone = createDestinationGuard(parseAllowList(''), { environment });
    const allowed = createDestinationGuard(parseAllowList('93.184.216.0/24'), { environment });

    expect(alone.judgeAddress('hooks.example.com', 443, '93.184.216.9')).not.toBeNull();
    expect(alone.judgeAddress('hooks.example.com', 443, '93.184.216.10')).toBeNull();
    expect(allowed.judgeAddress('hooks.example.com', 443, '93.184.216.9')).toBeNull();
  });

  it('also checks the IPv4 address to which a translator maps an IPv6 address', () => {
    const translations: Record<string, string[]> = {
      '2a00::a00:1': ['10.0.0.1'],
      '2a00::808:808': ['8.8.8.8'],
      '2a00::909:909': ['9.9.9.9'],
    };
    const guard = createDestinationGuard(parseAllowList(''), {
      denyList: parseDenyList('9.9.9.9'),
      environment: { ...NO_NETWORK, translationsOf: (address) => translations[address] ?? [] },
    });
    const verdict = (address: string) => guard.judgeAnswer('hooks.example.com', 443, [address]);

    expect(verdict('2a00::1')).toBeNull();
    expect(verdict('2a00::808:808')).toBeNull();
    expect(verdict('2a00::a00:1')).not.toBeNull();
    expect(verdict('2a00::909:909')).not.toBeNull();
    expect(guard.judgeHost('2a00::a00:1', 443)).not.toBeNull();
  });
});
