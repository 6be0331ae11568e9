import { describe, expect, it } from '@jest/globals';
import { createSecretFilter } from './secret-filter.ts';
import { createSigningKey, parseSigningSecret, signingKeyTexts, signingSecret } from './signing-secret.ts';

const ofBytes = (count: number): string => signingSecret(Buffer.alloc(count, 0xfb));

describe('signing secrets', () => {
  it('are made of random bytes and can be parsed again', () => {
    const key = createSigningKey();
    const secret = signingSecret(key);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(parseSigningSecret(secret)).toEqual(key);
    expect(createSigningKey().equals(key)).toBe(false);
  });

  it.each([
    ['24 bytes', ofBytes(24)],
    ['64 bytes', ofBytes(64)],
    ['the secret of test vector A', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ])('are accepted: %s', (_, secret) => {
    const key = parseSigningSecret(secret);
    expect(key && signingSecret(key)).toBe(secret);
  });

  it.each([
    ['empty', ''],
    ['the prefix alone', 'whsec_'],
    ['another prefix', 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfV'],
    ['no prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['23 bytes', ofBytes(23)],
    ['65 bytes', ofBytes(65)],
    ['base64url', ofBytes(24).replaceAll('+', '-')],
    ['missing padding', ofBytes(32).slice(0, -1)],
    ['bits beyond the last byte', `${ofBytes(32).slice(0, -2)}/=`],
    ['a space at the end', `${ofBytes(24)} `],
    ['a line break within', `${ofBytes(24).slice(0, 20)}\n${ofBytes(24).slice(20)}`],
  ])('are refused: %s', (_, text) => {
    expect(parseSigningSecret(text)).toBeNull();
  });

  it('are filtered in every form in which a receiver may echo them', () => {
    const key = Buffer.from('fb'.repeat(32), 'hex');
    const filter = createSecretFilter(signingKeyTexts(key));
    const secret = signingSecret(key);
    expect(filter.redact(secret)).toBe('whsec_[redacted]=');
    expect(filter.redact(encodeURIComponent(secret))).toBe('whsec_[redacted]%3D');
    expect(filter.redact(key.toString('base64url'))).toBe('[redacted]');
    expect(filter.redact(key.toString('hex'))).toBe('[redacted]');
  });
});
