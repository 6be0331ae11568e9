import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, type Receiver } from '@hookline/testkit/receiver';
import * as fc from 'fast-check';
import { prepareRequest } from '../testing/prepare-request.ts';
import { compileSample } from '../testing/sample-definition.ts';
import { LOOPBACK, startCaller, type TestCaller } from '../testing/test-caller.ts';
import { encodedValueProblem, encodeHeaderValue, headerTemplateProblem } from './header-rules.ts';

let receiver: Receiver;
let caller: TestCaller;

beforeAll(async () => {
  [receiver, caller] = [await startReceiver(), await startCaller()];
});

afterAll(async () => {
  await receiver.stop();
  await caller[Symbol.asyncDispose]();
});

function prepared(name: string, headerEncoding?: 'percent' | 'utf8'): ReturnType<typeof prepareRequest> {
  const headers = { 'X-Name': '{{contact.first_name}}', 'X-Fixed': 'für dich' };
  const compiled = compileSample(
    { url: `${receiver.url}/in`, headers, ...(headerEncoding && { headerEncoding }) },
    LOOPBACK,
  );
  const context = { contact: { first_name: name } };
  return prepareRequest(compiled, {
    context,
    executionId: 'e-1',
    attempt: 1,
    authentication: null,
    signing: null,
  });
}

/** Sends a request; returns the values of both headers as received. */
async function arrived(name: string, encoding?: 'percent' | 'utf8'): Promise<(string | undefined)[]> {
  const request = prepared(name, encoding);
  if (request.kind === 'refused') throw new Error(request.detail);
  expect(await caller.call(request)).toMatchObject({ kind: 'response', status: 200 });
  // Node reads each byte of a header as one character.
  return ['x-name', 'x-fixed'].map((header) => receiver.seen.at(-1)?.header(header));
}

const asBytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('a header value with characters beyond ASCII', () => {
  it.each([
    ['José', 'Jos%C3%A9'],
    ['O’Brien', 'O%E2%80%99Brien'],
    ['测试', '%E6%B5%8B%E8%AF%95'],
    ['100% 😀', '100% %F0%9F%98%80'],
    ['\ud800', '%EF%BF%BD'],
  ])('F20: %s is sent percent-encoded, or as UTF-8 bytes', async (value, percent) => {
    expect(await arrived(value)).toEqual([percent, 'f%C3%BCr dich']);
    expect(await arrived(value, 'percent')).toEqual([percent, 'f%C3%BCr dich']);
    expect(await arrived(value, 'utf8')).toEqual([asBytes(value.toWellFormed()), asBytes('für dich')]);
  });

  it.each(['a\r\nb', 'a\0b', '\u007f', 'é\u0085x', '\u001b[0m'])(
    'F20: control characters are still refused: %j',
    (value) => {
      for (const encoding of ['percent', 'utf8'] as const) {
        expect(prepared(`x${value}y`, encoding)).toMatchObject({
          kind: 'refused',
          errorType: 'render_error',
          detail: 'headers.X-Name: illegal header character: control characters are not allowed',
        });
      }
    },
  );

  it('F20, F21: names and defaults of merge fields may contain any character', () => {
    expect(headerTemplateProblem('{{contact.上海|"不 😀"}}')).toBeNull();
    expect(headerTemplateProblem('上海 {{contact.id}}')).toContain('percent-encode it');
  });

  it('F20: percent-encoding changes only these characters, and both encodings are limited in length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = text.replaceAll('%', '');
        const encoded = encodeHeaderValue(value, 'percent');
        // Control characters are not encoded, because they are refused.
        expect(encoded).toMatch(/^[\0-\x9f]*$/);
        expect(decodeURIComponent(encoded)).toBe(value.toWellFormed());
      }),
    );
    expect(encodedValueProblem('é'.repeat(4_096))).toBeNull();
    expect(encodedValueProblem('é'.repeat(4_097))).toContain('longer than 8192 bytes');
    expect(prepared('é'.repeat(1_366))).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('longer'),
    });
  });
});
