import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isPublicAddress } from './address-policy.ts';
import { parseAllowList } from './allow-list.ts';
import { createDestinationGuard } from './destination-guard.ts';
import { readUrl } from './destination-url.ts';
import type { Refusal } from './refusal.ts';

interface SsrfCase {
  id: string;
  kind: 'ip' | 'url' | 'dns' | 'header';
  input: string;
  expect: 'accept' | 'reject';
  why: string;
  resolves?: string[];
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'ssrf-cases.json'), 'utf8')) as SsrfCase[];
const ofKind = (kind: SsrfCase['kind']): SsrfCase[] => cases.filter((entry) => entry.kind === kind);
const shown = (text: string): string => JSON.stringify(text.slice(0, 80));
const guard = createDestinationGuard(parseAllowList(''));

function judge(raw: string, addresses?: readonly string[]): Refusal | null {
  const reading = readUrl(raw);
  if (reading.kind === 'refused') return reading.refusal;
  const { host, port } = reading.url;
  return guard.judgeHost(host, port) ?? (addresses ? guard.judgeAnswer(host, port, addresses) : null);
}

describe('addresses', () => {
  for (const { id, input, expect: expected, why } of ofKind('ip')) {
    it(`${id} ${expected}s ${shown(input)}: ${why}`, () => {
      expect(isPublicAddress(input)).toBe(expected === 'accept');
    });
  }
});

describe('URLs', () => {
  for (const { id, input, expect: expected, why } of ofKind('url')) {
    it(`${id} ${expected}s ${shown(input)}: ${why}`, () => {
      const refusal = judge(input);
      expect(refusal === null ? 'accept' : 'reject').toBe(expected);
    });
  }
});

describe('answers of the resolver', () => {
  for (const { id, input, expect: expected, why, resolves = [] } of ofKind('dns')) {
    it(`${id} ${expected}s ${shown(input)}: ${why}`, () => {
      const refusal = judge(input, resolves);
      expect(refusal === null ? 'accept' : 'reject').toBe(expected);
    });
  }

  it('refuses an empty answer and one of more than 32 addresses', () => {
    const many = Array.from({ length: 33 }, (_, i) => `93.184.216.${i}`);
    expect(judge('https://hooks.example.com/', [])).toMatchObject({ code: 'not_allowed' });
    expect(judge('https://hooks.example.com/', many)).toMatchObject({ code: 'not_allowed' });
    expect(judge('https://hooks.example.com/', many.slice(1))).toBeNull();
  });
});

describe('messages at configuration', () => {
  it.each([
    ['http://10.1.2.3/', 'private addresses are not allowed'],
    ['http://127.0.0.1/', 'private addresses are not allowed'],
    ['http://[::1]:9000/', 'private addresses are not allowed'],
    ['http://localhost:3000/', 'localhost is not allowed'],
    ['http://app.localhost/', 'localhost is not allowed'],
    ['not-a-valid-url', 'invalid URL'],
    ['https://printer.local/', 'destination is not allowed'],
    ['https://hooks.example.com:25/', 'destination is not allowed'],
  ])('%s: %s', (url, message) => {
    expect(judge(url)?.message).toContain(message);
  });
});
