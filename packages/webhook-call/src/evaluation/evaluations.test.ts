import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ContentKind } from '@hookline/shared/contracts/events';
import type { CallResponse } from '../call/call-result.ts';
import { extractValues } from '../mapping/apply-mapping.ts';
import { compileMapping } from '../mapping/compile-mapping.ts';
import { type CallableDefinition, compileDefinition } from '../request/compile-definition.ts';
import { renderRequest } from '../request/render-request.ts';
import { parseContext } from '@hookline/template/context';
import { sampleDefinition, sampleOptions } from '../testing/sample-definition.ts';
import { startPool, type TestPool } from '../testing/start-pool.ts';
import type { EvaluationOwner } from './evaluation.ts';
import { Evaluations } from './evaluations.ts';
import { type AnswerToRead, readExtractedAnswer } from './read-answer.ts';
import { requestContext } from './request-context.ts';

const OWNER: EvaluationOwner = { accountId: 'a', key: 'a/1' };
/** The bound of 20 ms, with tolerance for a shared machine whose CPU clock ticks every 4 ms. */
const MAX_LOOP_SECONDS = 0.08;

let on: TestPool;
let evaluations: Evaluations;
const onLoop: { kind: string; seconds: number }[] = [];

beforeAll(() => {
  on = startPool({ size: 2 });
  const meter = {
    onLoop: (kind: string, seconds: number) => void onLoop.push({ kind, seconds }),
    inPool: () => undefined,
  };
  evaluations = new Evaluations({ pool: on.pool, meter }, sampleOptions());
});

afterAll(() => on.pool.stop());

function answer(changes: Partial<AnswerToRead> & { text?: string }): AnswerToRead {
  const { text = '{}', ...rest } = changes;
  const body = Buffer.from(text);
  const read = { body, bodyBytes: body.length, bodyBytesRead: body.length, truncated: false };
  const response: CallResponse = {
    kind: 'response',
    status: 200,
    headers: { 'x-id': '7' },
    ...read,
    durationMs: 1,
  };
  const shown = { storeBodies: true };
  return { request: null, response, secrets: [], shown, responseMapping: null, sampleData: null, ...rest };
}

/** Generates a length from a small, a medium or the whole range, with equal probability. */
const sized = (max: number) => fc.oneof(fc.nat(200), fc.nat(20_000), fc.nat(max));
const unit = fc.constantFrom('a', 'é', '"', '\\', '<&>', '€', '🙂', '{}', 'b ', '1');
const text = (max: number) =>
  fc.tuple(unit, sized(max)).map(([one, size]) => one.repeat(Math.floor(size / Buffer.byteLength(one))));

const FIELDS = ['{{contact.a}}', '{{contact.b}}', '{{contact.none}}', '{{account.id}}'];
const template = fc
  .record({
    kind: fc.constantFrom<ContentKind>('json', 'form', 'text', 'html', 'xml'),
    filler: fc.tuple(fc.constantFrom('x', 'y ', 'z0', 'é'), sized(1_000_000)),
    fields: fc.array(fc.constantFrom(...FIELDS), { maxLength: 30 }),
  })
  .map(({ kind, filler: [one, size], fields }): Partial<CallableDefinition> => {
    const filler = one.repeat(Math.floor(size / Buffer.byteLength(one)));
    const texts = {
      json: JSON.stringify({ filler, fields }),
      form: `filler=${filler}&${fields.map((field) => `f=${field}`).join('&')}`,
      text: filler + fields.join(' '),
      html: `<p>${filler}${fields.join(' ')}</p>`,
      xml: `<p>${filler}${fields.join(' ')}</p>`,
    };
    return { contentKind: kind, payloadTemplate: texts[kind as keyof typeof texts] };
  });
const context = fc
  .record({ a: text(900_000), b: fc.oneof(fc.jsonValue(), fc.constant(12_345)), id: fc.string() })
  .map(({ a, b, id }) => JSON.stringify({ contact: { a, b }, account: { id } }))
  .filter((json) => Buffer.byteLength(json) <= 1_048_576);

const EXPRESSIONS = [
  '$',
  '$.a',
  '$.list[0].a',
  '$.list[*].a',
  '$..a',
  '$.list[1:3]',
  '$.list[?@.a==1].b',
  '$..b[?length(@)>1]',
  "$['a','list']",
];
const document = fc.oneof(
  fc
    .record({
      a: text(60_000),
      list: fc.array(fc.record({ a: fc.nat(3), b: fc.string() }), { maxLength: 200 }),
    })
    .map((value) => JSON.stringify(value)),
  fc.json({ maxDepth: 6 }),
  text(262_144),
);

describe('Evaluations with a pool', () => {
  it('R-023: renders any template with any context as it would without the pool', async () => {
    await fc.assert(
      fc.asyncProperty(template, context, async (changes, json) => {
        const definition = sampleDefinition(changes);
        const plain = renderRequest(compileDefinition(definition, sampleOptions()), parseContext(json));
        const rendering = await evaluations.render(OWNER, definition, requestContext(json));
        const bytes = (value: typeof rendering) =>
          value.kind === 'rendered' ? { ...value, body: Buffer.from(value.body ?? []).toString() } : value;
        expect(bytes(rendering)).toEqual(bytes(plain));
      }),
      { numRuns: 60 },
    );
  });

  it('R-023: reads any answer with any mapping as it would without the pool', async () => {
    const mapping = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom(...EXPRESSIONS), {
      maxKeys: 8,
    });
    const secrets = fc.array(fc.stringMatching(/^[a-z0-9]{4,60}$/), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(mapping, document, secrets, async (responseMapping, body, known) => {
        const wanted = answer({ text: body.slice(0, 262_144), responseMapping, secrets: known });
        const definition = sampleDefinition({ responseMapping });
        const rules = compileMapping(responseMapping, []);
        const plain = readExtractedAnswer(
          wanted,
          wanted.response ? extractValues(rules, wanted.response) : [],
        );
        expect(await evaluations.readAnswer(OWNER, definition, wanted)).toEqual(plain);
      }),
      { numRuns: 100 },
    );
  });

  it('R-023: stays within the bound on the event loop', () => {
    expect(onLoop.length).toBeGreaterThan(20);
    expect(onLoop.filter(({ seconds }) => seconds > MAX_LOOP_SECONDS)).toEqual([]);
    expect(new Set(onLoop.map(({ kind }) => kind))).toEqual(new Set(['compile', 'render', 'answer']));
  });

  it('finds the same problems on the loop and in the pool', async () => {
    const problems = (changes: Partial<CallableDefinition>) =>
      Promise.resolve(evaluations.check(OWNER, sampleDefinition(changes)));
    const large = 'x'.repeat(20_000);
    for (const changes of [
      {},
      { url: 'https://10.0.0.1/', headers: { host: 'x' } },
      { url: 'ftp://x/', responseMapping: { x: '$..a..b..c' } },
    ]) {
      const small = await problems({ ...changes, payloadTemplate: '{"a":' });
      const inPool = await problems({ ...changes, payloadTemplate: `{"a":"${large}` });
      expect(inPool.map(({ field }) => field)).toEqual(small.map(({ field }) => field));
    }
  });
});

describe('Evaluations', () => {
  const isAtOnce = (result: unknown): boolean => !(result instanceof Promise);
  const usual = sampleDefinition({
    headers: { 'X-Id': '{{contact.id}}' },
    payloadTemplate: JSON.stringify({ text: 'x'.repeat(3_000), email: '{{contact.email}}' }),
    responseMapping: { id: '$.id', name: '$.data.name', first: '$.items[0].id' },
  });

  it('evaluates a usual webhook immediately, without a turn of the loop', () => {
    const small = requestContext(JSON.stringify({ contact: { id: 1, note: 'x'.repeat(4_000) } }));
    expect(isAtOnce(evaluations.render(OWNER, usual, small))).toBe(true);
    const body = JSON.stringify({ id: 7, note: 'x'.repeat(4_000) });
    const secrets = ['s'.repeat(40)];
    const { responseMapping } = usual;
    expect(
      isAtOnce(evaluations.readAnswer(OWNER, usual, answer({ text: body, secrets, responseMapping }))),
    ).toBe(true);
    expect(isAtOnce(evaluations.check(OWNER, usual))).toBe(true);
  });

  it('renders and reads only in the pool for an owner with `poolOnly`, with the same results', async () => {
    const owner = { ...OWNER, poolOnly: true };
    const request = { executionId: 'e', accountId: 'a', workflowId: 'w', actionId: 'i' };
    const known = { ...request, workflowExecutionId: null, stepId: null };
    const text = JSON.stringify({ contact: { id: 1, email: 'a@b.c' } });
    const read = answer({ text: '{"id":7}', responseMapping: usual.responseMapping });
    const [rendered, mapped] = [
      await evaluations.render(OWNER, usual, requestContext(text, known)),
      await evaluations.readAnswer(OWNER, usual, read),
    ];
    const before = onLoop.length;
    expect(await evaluations.render(owner, usual, requestContext(text, known))).toEqual({
      ...rendered,
      body: new Uint8Array((rendered as { body: Uint8Array }).body),
    });
    expect(await evaluations.readAnswer(owner, usual, read)).toEqual(mapped);
    expect(await evaluations.render(owner, usual, requestContext('[1', known))).toMatchObject({
      kind: 'unusable_context',
    });
    expect(onLoop).toHaveLength(before);
  });

  it.each<[string, () => unknown]>([
    [
      'a large template',
      () =>
        evaluations.check(OWNER, sampleDefinition({ payloadTemplate: JSON.stringify('x'.repeat(20_000)) })),
    ],
    [
      'many long expressions',
      () =>
        evaluations.check(
          OWNER,
          sampleDefinition({
            responseMapping: {
              a: `$['${'x'.repeat(900)}']`,
              b: `$['${'x'.repeat(900)}']`,
              c: `$['${'x'.repeat(900)}']`,
              d: `$['${'x'.repeat(900)}']`,
              e: `$['${'x'.repeat(900)}']`,
            },
          }),
        ),
    ],
    [
      'a large context',
      () => evaluations.render(OWNER, usual, requestContext(JSON.stringify({ a: 'x'.repeat(70_000) }))),
    ],
    [
      'a context for many merge fields',
      () =>
        evaluations.render(
          OWNER,
          sampleDefinition({ payloadTemplate: JSON.stringify(Array(90).fill('{{contact}}')) }),
          requestContext(JSON.stringify({ contact: 'x'.repeat(4_000) })),
        ),
    ],
    [
      'an expression with a regular expression',
      () =>
        evaluations.readAnswer(
          OWNER,
          sampleDefinition({ responseMapping: { a: "$[?match(@.a,'a')]" } }),
          answer({ responseMapping: { a: "$[?match(@.a,'a')]" } }),
        ),
    ],
    [
      'a large document',
      () =>
        evaluations.readAnswer(
          OWNER,
          usual,
          answer({ text: JSON.stringify('x'.repeat(70_000)), responseMapping: usual.responseMapping }),
        ),
    ],
    [
      'a long secret',
      () =>
        evaluations.readAnswer(
          OWNER,
          usual,
          answer({ text: 'x'.repeat(10_000), secrets: ['x'.repeat(6_000)] }),
        ),
    ],
  ])('evaluates %s in the pool', async (_what, evaluate) => {
    const result = evaluate();
    expect(isAtOnce(result)).toBe(false);
    await result;
  });

  it('searches mapped values for secrets in the pool if they turn out to be too large', async () => {
    const responseMapping = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, '$']));
    const definition = sampleDefinition({ responseMapping });
    const result = evaluations.readAnswer(
      OWNER,
      definition,
      answer({ text: JSON.stringify('x'.repeat(8_000)), responseMapping, secrets: ['secret-1'] }),
    );
    expect(isAtOnce(result)).toBe(false);
    expect(Object.keys((await result).mapped.fields)).toHaveLength(20);
  });

  it.each(['', 'hello', '{"contact":', '[1]', '"text"', 'null'])(
    'refuses the context %p immediately',
    (context) => {
      const reason = 'context: is not a JSON object';
      expect(evaluations.render(OWNER, usual, requestContext(context))).toEqual({
        kind: 'unusable_context',
        reason,
      });
    },
  );

  it('refuses a context nested more than 128 levels deep before it is parsed, however deep it is', () => {
    const reason = 'context: is nested deeper than 128 levels';
    fc.assert(
      // At most 30,000 levels: larger contexts are parsed by the worker pool, which refuses them too.
      fc.property(fc.integer({ min: 1, max: 30_000 }), (levels) => {
        // Because of the long integer, a parser that uses a reviver would recurse once per level.
        const context = `{"a":12345678901234567890,"b":${'['.repeat(levels)}${']'.repeat(levels)}}`;
        const rendering = evaluations.render(OWNER, usual, requestContext(context));
        expect(rendering).toMatchObject(
          levels < 128 ? { kind: 'rendered' } : { kind: 'unusable_context', reason },
        );
      }),
    );
  });

  it('refuses, in the pool, a large context that is not a JSON object', async () => {
    const json = `[${'1,'.repeat(40_000)}1]`;
    expect(await evaluations.render(OWNER, usual, requestContext(json))).toEqual({
      kind: 'unusable_context',
      reason: 'context: is not a JSON object',
    });
  });

  it('refuses, in the pool, a large context that is nested more than 128 levels deep', async () => {
    const json = `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`;
    expect(await evaluations.render(OWNER, usual, requestContext(json))).toEqual({
      kind: 'unusable_context',
      reason: 'context: is nested deeper than 128 levels',
    });
  });
});
