import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { carriesCredential, headerNameProblem, headerTemplateProblem } from './header-rules.ts';

interface HeaderCase {
  id: string;
  kind: string;
  name: string;
  value: string;
  expect: 'accept' | 'reject';
  why: string;
}

const cases = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../testing/ssrf-cases.json'), 'utf8')) as HeaderCase[]
).filter(({ kind }) => kind === 'header');

describe('headers that may be configured', () => {
  for (const { id, name, value, expect: expected, why } of cases) {
    it(`${id} ${expected}s ${JSON.stringify(`${name}: ${value}`.slice(0, 60))}: ${why}`, () => {
      const reason = headerNameProblem(name) ?? headerTemplateProblem(value);
      expect(reason === null ? 'accept' : 'reject').toBe(expected);
    });
  }

  it.each([
    'X-Forwarded-For',
    'webhook-id',
    'Webhook-Signature',
    'X-aws-ec2-metadata-token-ttl-seconds',
    'Via',
    'Upgrade',
    'X-{{contact.id}}',
    '',
  ])('refuses the name %p', (name) => {
    expect(headerNameProblem(name)).not.toBeNull();
  });
});

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
