import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseContext } from '@hookline/template/context';
import { RenderError } from '@hookline/template/template-error';
import { compileDefinition } from '@hookline/webhook-call/request/compile-definition';
import { renderRequest } from '@hookline/webhook-call/request/render-request';
import { USER_AGENT } from '@hookline/webhook-call/call/caller';
import { inputOf } from '../model/form-input.ts';
import { callableOf } from '../model/callable-input.ts';
import { emptyState, type FormState } from '../model/form-state.ts';
import { problemsOf } from '../model/form-problems.ts';
import { randomContexts, randomForms } from '../testing/random-forms.ts';
import { translator } from '../texts/texts.ts';
import { previewRequest } from './preview-request.ts';
import { SAMPLE_NAMES, sampleContext } from './samples.ts';

/**
 * Returns the definition that config-api would store and the dispatcher would read, without using the form's own
 * `callableOf`.
 */
function dispatched(state: FormState) {
  const input = inputOf(state);
  const { auth_type: type = 'none', auth_config: config = {} } = input;
  return {
    url: input.url,
    method: input.method,
    headers: input.headers ?? {},
    payloadTemplate: input.payload_template as string | null,
    contentKind: input.content_kind ?? 'json',
    headerEncoding: input.header_encoding ?? 'percent',
    responseMapping: {},
    signing: input.signing_enabled ? { sealedSecrets: [], graceUntil: null } : null,
    auth: { type, headerName: type === 'api_key' ? (config.header_name ?? 'X-API-Key') : null, settings: {} },
  } as const;
}

describe('the preview', () => {
  it('shows the bytes that the dispatcher sends, for 1,000 random definitions', () => {
    const counts = { rendered: 0, refused: 0 };
    fc.assert(
      fc.property(randomForms('https://hooks.example.com'), randomContexts, (state, context) => {
        const t = translator({});
        expect(problemsOf(state, { stored: null, t, mappingProblems: null })).toEqual([]);
        const options = { guard: { judgeHost: () => null }, userAgent: USER_AGENT };
        const sent = renderRequest(compileDefinition(dispatched(state), options), parsed(context));
        const preview = previewRequest(callableOf(state), context);
        counts[sent.kind]++;
        expect(preview).toMatchObject(shownOf(sent));
      }),
      { numRuns: 1_000 },
    );
    expect(counts.rendered).toBeGreaterThan(500);
    expect(counts.refused).toBeGreaterThan(10);
  });

  it('lists the headers that a call adds', () => {
    const state: FormState = {
      ...emptyState(),
      url: 'https://a.example/',
      signing_enabled: true,
      auth_type: 'bearer',
    };
    expect(previewRequest(callableOf(state), '{}')).toMatchObject({
      added: [
        'host',
        'connection',
        'content-length',
        'webhook-id',
        'webhook-attempt',
        'webhook-timestamp',
        'webhook-signature',
        'Authorization',
      ],
    });
  });

  it('is shown while the authentication is incomplete', () => {
    const state: FormState = { ...emptyState(), url: 'https://a.example/', auth_type: 'oauth2' };
    expect(previewRequest(callableOf(state), '{}').kind).toBe('rendered');
  });

  it('gives the reason why no request can be made with a context', () => {
    const state: FormState = { ...emptyState(), url: 'https://a.example/{{contact.id}}/x' };
    expect(previewRequest(callableOf(state), sampleContext('empty', null))).toEqual({
      kind: 'refused',
      reason: 'url: empty path segment: {{contact.id}} has no value',
    });
  });
});

/** Returns the parts of a dispatcher's request that the preview must show. */
function shownOf(sent: ReturnType<typeof renderRequest>): object {
  if (sent.kind === 'refused') return { kind: 'refused', reason: sent.detail };
  const { method, origin, target, headers, body } = sent;
  const shown = headers.map(({ name, value }) => ({ name, value }));
  return { kind: 'rendered', method, url: origin + target, headers: shown, body };
}

function parsed(context: string): unknown {
  try {
    return parseContext(context);
  } catch (error) {
    if (error instanceof RenderError) return {};
    throw error;
  }
}

describe('the samples', () => {
  it.each(SAMPLE_NAMES)('are valid contexts: %s', (name) => {
    expect(parsed(sampleContext(name, null))).not.toEqual({});
  });

  it('except the empty one have a value for each field in the schema of the host', () => {
    const schema = {
      properties: {
        contact: {
          properties: {
            score: { type: 'number' },
            vip: { type: ['boolean', 'null'] },
            lists: { type: 'array', items: { properties: { id: { type: 'string', examples: ['l_1'] } } } },
          },
        },
      },
    };
    const full = JSON.parse(sampleContext('full', schema)) as { contact: object };
    expect(full.contact).toMatchObject({
      email: 'grace.hopper@example.com',
      score: 1,
      vip: true,
      lists: [{ id: 'l_1' }],
    });
    const hostile = JSON.parse(sampleContext('hostile', schema)) as {
      contact: { email: string; score: number };
    };
    expect(hostile.contact.email).toContain('<img');
    expect(hostile.contact.score).toBe(1);
  });

  it('are finite for a schema that refers to itself', () => {
    const schema: Record<string, unknown> = {};
    schema['properties'] = Object.fromEntries(
      Array.from({ length: 50 }, (_one, index) => [`p${index}`, schema]),
    );
    expect(sampleContext('full', schema).length).toBeLessThan(100_000);
  });
});
