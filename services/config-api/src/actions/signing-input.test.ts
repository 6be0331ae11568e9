import { describe, expect, it } from '@jest/globals';
import { createSigningKey, signingSecret } from '@hookline/credentials/signing-secret';
import { readSigning } from './signing-input.ts';

const key = createSigningKey();
const given = signingSecret(key);
const stored = { sealedSecrets: [Buffer.from('sealed')], graceUntil: null };

describe('signing_enabled and signing_secret', () => {
  it.each([
    ['nothing', {}, null, { kind: 'none' }],
    ['nothing, for a signed action', {}, stored, { kind: 'none' }],
    ['off', { signing_enabled: false }, stored, { kind: 'none' }],
    ['on', { signing_enabled: true }, null, { kind: 'create' }],
    ['on, for a signed action', { signing_enabled: true }, stored, { kind: 'keep', signing: stored }],
    ['a secret', { signing_enabled: true, signing_secret: given }, null, { kind: 'set', key }],
    ['another secret', { signing_enabled: true, signing_secret: given }, stored, { kind: 'set', key }],
  ])('%s', (_, input, before, change) => {
    expect(readSigning(input, before)).toEqual({ change, errors: [] });
  });

  it.each([
    ['a secret without signing', { signing_secret: given }, /needs signing_enabled/],
    ['a secret that is none', { signing_enabled: true, signing_secret: 'whsec_canary' }, /24 to 64 bytes/],
    ['an empty secret', { signing_enabled: true, signing_secret: '' }, /24 to 64 bytes/],
  ])('refuses %s, without quoting it', (_, input, message) => {
    expect(readSigning(input, stored)).toEqual({
      change: { kind: 'none' },
      errors: [{ field: 'signing_secret', message: expect.stringMatching(message) }],
    });
    expect(JSON.stringify(readSigning(input, stored))).not.toMatch(/canary|whsec_\w/);
  });
});
