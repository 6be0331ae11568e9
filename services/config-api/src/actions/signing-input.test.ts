import { describe, expect, it } from '@jest/globals';
import { createSigningKey, signingSecret } from '@hookline/credentials/signing-secret';
import { readSigning } from './signing-input.ts';

const key = createSigningKey();
const given = signingSecret(key);
const stored = { sealedSecrets: [Buffer.from('sealed')], graceUntil: null };

describe('reading signing_enabled and signing_secret', () => {
  it.each([
    ['leaves an unsigned action unsigned if nothing is sent', {}, null, { kind: 'none' }],
    ['switches signing off if nothing is sent', {}, stored, { kind: 'none' }],
    [
      'switches signing off if signing_enabled is false',
      { signing_enabled: false },
      stored,
      { kind: 'none' },
    ],
    ['creates a secret if signing is switched on', { signing_enabled: true }, null, { kind: 'create' }],
    [
      'keeps the secrets of a signed action',
      { signing_enabled: true },
      stored,
      { kind: 'keep', signing: stored },
    ],
    [
      'uses a secret that is sent',
      { signing_enabled: true, signing_secret: given },
      null,
      { kind: 'set', key },
    ],
    [
      'replaces the stored secrets with a secret that is sent',
      { signing_enabled: true, signing_secret: given },
      stored,
      { kind: 'set', key },
    ],
  ])('%s', (_, input, before, change) => {
    expect(readSigning(input, before)).toEqual({ change, errors: [] });
  });

  it.each([
    ['a secret without signing', { signing_secret: given }, /requires signing_enabled/],
    ['a malformed secret', { signing_enabled: true, signing_secret: 'whsec_canary' }, /24 to 64 bytes/],
    ['an empty secret', { signing_enabled: true, signing_secret: '' }, /24 to 64 bytes/],
  ])('rejects %s without quoting it', (_, input, message) => {
    expect(readSigning(input, stored)).toEqual({
      change: { kind: 'none' },
      errors: [{ field: 'signing_secret', message: expect.stringMatching(message) }],
    });
    expect(JSON.stringify(readSigning(input, stored))).not.toMatch(/canary|whsec_\w/);
  });
});
