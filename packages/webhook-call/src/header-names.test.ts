import { describe, expect, it } from '@jest/globals';
import { carriesCredential } from './header-names.ts';

describe('carriesCredential', () => {
  it.each([
    ['Authorization', true],
    ['Cookie', true],
    ['X-API-Key', true],
    ['apikey', true],
    ['X-Auth', true],
    ['X-Auth-Token', true],
    ['X-Hub-Signature-256', true],
    ['X-Author', false],
    ['X-Account-ID', false],
    ['Content-Type', false],
  ])('of %s is %p', (name, expected) => {
    expect(carriesCredential(name)).toBe(expected);
  });
});
