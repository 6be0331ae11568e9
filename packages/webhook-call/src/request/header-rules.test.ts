import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { headerNameProblem, headerTemplateProblem } from './header-rules.ts';

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

/** Cases in which our policy differs from the expected result; ADR 10 lists them. */
const DECIDED_OTHERWISE: ReadonlySet<string> = new Set(['header-035']);
/** Cases that leave a choice: characters beyond ASCII are accepted, and sent percent-encoded or as UTF-8 (F20). */
const DECIDED = new Map([['header-044', 'accept']]);

describe('headers that may be configured', () => {
  it('F08: include Accept-Encoding', () => {
    expect(headerNameProblem('Accept-Encoding') ?? headerTemplateProblem('gzip, br, zstd')).toBeNull();
  });

  for (const { id, name, value, expect: expected, why } of cases) {
    if (DECIDED_OTHERWISE.has(id)) continue;
    it(`${id} ${expected}s ${JSON.stringify(`${name}: ${value}`.slice(0, 60))}: ${why}`, () => {
      const reason = headerNameProblem(name) ?? headerTemplateProblem(value);
      expect(reason === null ? 'accept' : 'reject').toBe(DECIDED.get(id) ?? expected);
    });
  }

  it.each([
    'X-Forwarded-For',
    'webhook-id',
    'Webhook-Signature',
    'X-aws-ec2-metadata-token-ttl-seconds',
    'Via',
    'Upgrade',
    'X_Forwarded_For',
    'webhook_id',
    'Transfer_Encoding',
    'Metadata_Flavor',
    'Content_Length',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'X-Original-Host',
    'X-Host',
    'Fastly-Client-IP',
    'Fly-Client-IP',
    'X-Azure-ClientIP',
    'X-Envoy-External-Address',
    'CF-Connecting-IPv6',
    'Max-Forwards',
    'traceparent',
    'tracestate',
    'X-{{contact.id}}',
    '',
  ])('do not include the name %p', (name) => {
    expect(headerNameProblem(name)).not.toBeNull();
  });
});
