import { describe, expect, it } from '@jest/globals';
import type { ContentKind } from '@hookline/shared/contracts/events';
import { compileSample } from '../testing/sample-definition.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import type { CallableDefinition } from './compile-definition.ts';
import { MAX_PAYLOAD_BYTES } from './compile-request.ts';
import { prepareRequest, shownRequest } from '../testing/prepare-request.ts';

const KINDS = ['json', 'form', 'text', 'html', 'xml'] as const;
type BodyKind = (typeof KINDS)[number];
/** A template with `{{v}}` for each kind of body. */
const TEMPLATES: Record<BodyKind, string> = {
  json: '{"v":"{{v}}"}',
  form: '{"v":"{{v}}"}',
  text: 'v: {{v}}',
  html: '<p>{{v}}</p>',
  xml: '<v>{{v}}</v>',
};

function prepare(changes: Partial<CallableDefinition>, v: unknown = 'a'): PreparedRequest | RefusedRequest {
  const input = { context: { v }, executionId: 'e-1', attempt: 1, authentication: null, signing: null };
  return prepareRequest(compileSample(changes), input);
}

function prepared(changes: Partial<CallableDefinition>, v?: unknown): PreparedRequest {
  const request = prepare(changes, v);
  if (request.kind === 'refused') throw new Error(request.detail);
  return request;
}

function contentType({ headers }: PreparedRequest): string | undefined {
  return headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value;
}

const of = (contentKind: BodyKind, payloadTemplate = TEMPLATES[contentKind]) => ({
  contentKind,
  payloadTemplate,
});

describe('bodies by content kind:', () => {
  it.each<[BodyKind, string, string]>([
    ['json', 'application/json', String.raw`{"v":"\"Zoë\" \u0026 \u003cb\u003e"}`],
    ['form', 'application/x-www-form-urlencoded', 'v=%22Zo%C3%AB%22+%26+%3Cb%3E'],
    ['text', 'text/plain; charset=utf-8', 'v: "Zoë" & <b>'],
    ['html', 'text/html; charset=utf-8', '<p>&quot;Zoë&quot; &amp; &lt;b&gt;</p>'],
    ['xml', 'application/xml; charset=utf-8', '<v>&quot;Zoë&quot; &amp; &lt;b&gt;</v>'],
  ])('%s is sent as %s: %s', (kind, type, body) => {
    const request = prepared(of(kind), '"Zoë" & <b>');
    expect(request.body?.toString()).toBe(body);
    expect(contentType(request)).toBe(type);
  });

  it.each(KINDS)('%s is sent with the Content-Type that a header sets', (kind) => {
    const headers = { 'content-TYPE': 'application/vnd.acme; v={{v}}' };
    expect(contentType(prepared({ ...of(kind), headers }))).toBe('application/vnd.acme; v=a');
  });

  it.each(KINDS)('R-002: %s is sent with DELETE if there is a template, and never with GET', (kind) => {
    for (const [method, payloadTemplate, hasBody] of [
      ['DELETE', TEMPLATES[kind], true],
      ['DELETE', null, false],
      ['GET', TEMPLATES[kind], false],
      ['POST', null, false],
    ] as const) {
      const request = prepared({ method, contentKind: kind, payloadTemplate });
      expect([request.body !== null, contentType(request) !== undefined]).toEqual([hasBody, hasBody]);
    }
  });

  it('the kind none has no body, no Content-Type and no template', () => {
    const request = prepared({ contentKind: 'none', payloadTemplate: null });
    expect([request.body, contentType(request)]).toEqual([null, undefined]);
    expect(shownRequest(request, { storeBodies: true }).headers['content-length']).toBe('0');
    expect(prepare({ contentKind: 'none', payloadTemplate: '' })).toMatchObject({
      detail: 'payload_template: must be null, because content_kind none has no template',
    });
  });

  it('a kind that only a later release supports results in render_error', () => {
    expect(prepare({ contentKind: 'toString' as ContentKind })).toMatchObject({
      errorType: 'render_error',
      detail: 'content_kind: must be one of json, form, text, html, xml, none',
    });
  });

  it('a text template may render to an empty string, and history shows the Content-Length that is sent', () => {
    const lengthOf = (method: 'POST' | 'DELETE'): string | undefined =>
      shownRequest(prepared({ ...of('text', '{{v}}'), method }, ''), { storeBodies: true }).headers[
        'content-length'
      ];
    // The HTTP client omits Content-Length for a method that expects no body (RFC 9110, section 8.6).
    expect([lengthOf('POST'), lengthOf('DELETE')]).toEqual(['0', undefined]);
  });

  it('XML results in render_error if it cannot represent a value', () => {
    expect(prepare(of('xml'), 'a\u0001')).toMatchObject({
      errorType: 'render_error',
      detail: 'payload_template: illegal XML character U+0001',
    });
  });
});

describe('R-012: a body over 1 MiB', () => {
  it.each(KINDS)('is refused at configuration if its template alone is too large: %s', (kind) => {
    const around = Buffer.byteLength(TEMPLATES[kind]) - '{{v}}'.length;
    const sized = (bytes: number): string => TEMPLATES[kind].replace('{{v}}', 'x'.repeat(bytes - around));
    expect(compileSample(of(kind, sized(MAX_PAYLOAD_BYTES))).kind).toBe('compiled');
    expect(compileSample(of(kind, sized(MAX_PAYLOAD_BYTES + 1)))).toMatchObject({
      problems: [{ field: 'payload_template', errorType: 'payload_too_large' }],
    });
  });

  it.each(KINDS)('is refused when it is rendered, measured in bytes: %s', (kind) => {
    const room = MAX_PAYLOAD_BYTES - (prepared(of(kind), '').body?.length ?? 0);
    const tooLarge = { kind: 'refused', errorType: 'payload_too_large' };
    expect(prepared(of(kind), 'x'.repeat(room)).body).toHaveLength(MAX_PAYLOAD_BYTES);
    expect(prepare(of(kind), 'x'.repeat(room + 1))).toMatchObject(tooLarge);
    expect(prepare(of(kind), 'é'.repeat(room / 2 + 1))).toMatchObject(tooLarge);
  });

  it.each(['json', 'form', 'html', 'xml'] as const)(
    'is refused if it exceeds the limit only after escaping: %s',
    (kind) => {
      expect(prepare(of(kind), '&'.repeat(MAX_PAYLOAD_BYTES / 2))).toMatchObject({
        errorType: 'payload_too_large',
      });
    },
  );

  it('is refused if it exceeds the limit because of the keys of a JSON object', () => {
    const json = of('json', `{"${'{{v}}'.repeat(50)}":1,"${'{{v}}'.repeat(50)}x":2}`);
    expect(prepare(json, 'x'.repeat(100_000))).toMatchObject({ errorType: 'payload_too_large' });
    expect(prepare(of('json', '{"{{v}}":1}'), 'x'.repeat(MAX_PAYLOAD_BYTES))).toMatchObject({
      errorType: 'payload_too_large',
    });
  });
});

it.each(KINDS)('a %s template must not contain U+0000, which PostgreSQL cannot store', (kind) => {
  expect(prepare(of(kind, TEMPLATES[kind].replace('{{v}}', '\0')))).toMatchObject({
    detail: 'payload_template: must not contain the character U+0000',
  });
});
