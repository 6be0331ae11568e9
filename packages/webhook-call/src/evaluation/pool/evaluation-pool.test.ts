import { describe, expect, it } from '@jest/globals';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import { TRUNCATION_MARKER } from '../../stored-body/cut-text.ts';
import type { CallResponse } from '../../call/call-result.ts';
import { sampleDefinition } from '../../testing/sample-definition.ts';
import { startPool } from '../../testing/start-pool.ts';
import type { Evaluation, EvaluationOwner } from '../evaluation.ts';
import { type AnswerToRead, joinPieces, WITHHELD } from '../read-answer.ts';
import { POOL_DEFAULTS } from './evaluation-pool.ts';

const A: EvaluationOwner = { accountId: 'a', key: 'a/1' };
const B: EvaluationOwner = { accountId: 'b', key: 'b/1' };

function render(payloadTemplate = '{"email":"{{contact.email}}"}', context = {}): Evaluation {
  const definition = { definition: sampleDefinition({ payloadTemplate }), hosts: JUDGED };
  return { kind: 'render', definition, context: JSON.stringify({ contact: { email: 'a@b.c' }, ...context }) };
}

const JUDGED = [{ host: 'hooks.example.com', port: 443, refusal: null }];
/** Form that takes half a second to compile; the worker itself cannot abort the compilation. */
const LARGE_FORM: Evaluation = {
  kind: 'render',
  definition: {
    definition: sampleDefinition({ contentKind: 'form', payloadTemplate: 'a&'.repeat(524_287) }),
    hosts: JUDGED,
  },
  context: '{}',
};

function answer(body: string, responseMapping: Record<string, string>, secrets: string[] = []): AnswerToRead {
  const bytes = Buffer.from(body);
  const read = { body: bytes, bodyBytes: bytes.length, bodyBytesRead: bytes.length, truncated: false };
  const response: CallResponse = { kind: 'response', status: 200, headers: {}, ...read, durationMs: 1 };
  const shown = { storeBodies: true };
  return { request: null, response, secrets, shown, responseMapping, sampleData: null };
}

/** Document on which each `$..x` takes a quarter of a second. */
const NESTED = `${'['.repeat(45)}${Array.from({ length: 86_000 }, () => '{}').join()}${']'.repeat(45)}`;
const BOMB = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, `$..x${index}`]));
const REGEXP = answer(JSON.stringify([{ a: 'a'.repeat(50) }]), {
  first: '$[0].a',
  bomb: "$[?match(@.a, '(a|a)*b')]",
  after: '$[0]',
});

describe('EvaluationPool', () => {
  it('returns the same results as the event loop', async () => {
    await using on = startPool();
    const outcome = await on.pool.run(A, render());
    if (outcome.kind !== 'done' || outcome.result.kind !== 'render') throw new Error(outcome.kind);
    const { rendering } = outcome.result;
    if (rendering.kind !== 'rendered') throw new Error(rendering.kind);
    expect(Buffer.from(rendering.body ?? []).toString()).toBe('{"email":"a@b.c"}');
    expect(rendering.headers).toContainEqual({
      name: 'user-agent',
      value: 'Hookline/test',
      sensitive: false,
    });
    expect(on.results).toEqual(['render done']);
  });

  it('starts threads when there is work, up to its maximum', async () => {
    await using on = startPool({ size: 2 });
    expect(on.pool.threads).toBe(0);
    await Promise.all([on.pool.run(A, LARGE_FORM), on.pool.run(A, render())]);
    // One thread is enough, because no account has two evaluations running.
    expect(on.pool.threads).toBe(1);
    await Promise.all([on.pool.run(A, LARGE_FORM), on.pool.run(B, render()), on.pool.run(A, render())]);
    expect(on.pool.threads).toBe(2);
    expect(on.pool.waiting).toBe(0);
  });

  it('finding 2: applies one limit to 100 descendant queries on 252 KiB, and keeps the finished parts', async () => {
    await using on = startPool();
    const wanted = answer(NESTED, BOMB);
    const { pieces } = await on.pool.run(A, { kind: 'answer', answer: wanted });
    const read = joinPieces(wanted, pieces);
    expect(read.response?.body).toHaveLength(10_240 + TRUNCATION_MARKER.length);
    const errors = Object.values(read.mapped.errors);
    expect(errors).toHaveLength(100);
    expect(errors.filter((error) => error === 'query_timed_out').length).toBeGreaterThan(50);
    // The bound covers the limit, the rule that was running, and the parsing of the document.
    expect(on.charged.get('a')).toBeLessThan(1_000);
  });

  it('finding 4: aborts a regular expression, and its thread continues', async () => {
    const { render, check, answer: read } = POOL_DEFAULTS.times;
    // High `killMs`, because a thread that at first gets little CPU time may use more than its limit before it aborts.
    await using on = startPool({ times: { render, check, answer: { ...read, killMs: 20_000 } } });
    const { kind, pieces } = await on.pool.run(A, { kind: 'answer', answer: REGEXP });
    expect(kind).toBe('done');
    expect(joinPieces(REGEXP, pieces).mapped).toEqual({
      fields: { first: JSON.stringify('a'.repeat(50)) },
      errors: { bomb: 'query_timed_out', after: 'query_timed_out' },
    });
    expect(on.results).toEqual(['answer late']);
    expect(on.pool.threads).toBe(1);
  });

  it('terminates the thread of an uninterruptible evaluation, and runs the next evaluation in another thread', async () => {
    const times = { limitMs: 20, killMs: 20 };
    await using on = startPool({
      times: { render: times, check: times, answer: { limitMs: 200, killMs: 300 } },
    });
    const [first, second] = await Promise.all([
      on.pool.run(A, LARGE_FORM),
      on.pool.run(B, { kind: 'answer', answer: answer('{"a":1}', { a: '$.a' }) }),
    ]);
    expect(first).toMatchObject({ kind: 'terminated', reason: 'time', pieces: [] });
    expect(second).toMatchObject({ kind: 'done', pieces: [{ kind: 'stored' }, { kind: 'mapped' }] });
    expect(on.results).toEqual(['render out_of_time', 'answer done']);
    expect(on.charged.get('a')).toBeGreaterThanOrEqual(20);
  });

  it('withholds parts that were not filtered in time', () => {
    const wanted = answer('{"a":"secret"}', { a: '$.a', b: '$.b' }, ['secret']);
    const read = joinPieces(wanted, []);
    expect(read).toMatchObject({
      response: { status: 200, headers: {}, body: WITHHELD, bodyBytes: 14 },
      completed: { responseStatus: 200, responseHeaders: {}, responseBody: WITHHELD },
      mapped: { fields: {}, errors: { a: 'query_timed_out', b: 'query_timed_out' } },
    });
    expect(JSON.stringify(read)).not.toContain('secret"');
  });

  it('terminates a thread that uses too much memory, and runs the next evaluation in another thread', async () => {
    await using on = startPool({ memoryMb: 48 });
    const [first, second] = await Promise.all([on.pool.run(A, LARGE_FORM), on.pool.run(B, render())]);
    expect(first).toMatchObject({ kind: 'terminated', reason: 'memory' });
    expect(second).toMatchObject({ kind: 'done' });
  });

  it('does not limit the wall-clock time of a thread on Linux, where its CPU time is known', async () => {
    await using on = startPool({ maxWallMs: 0 });
    expect(await on.pool.run(A, LARGE_FORM)).toMatchObject({ kind: 'done' });
  });

  it('puts a definition behind all others once it has run out of time', async () => {
    await using on = startPool();
    await on.pool.run(A, { kind: 'answer', answer: REGEXP });
    const order: string[] = [];
    const quick = answer('{}', {});
    const run = async (owner: EvaluationOwner, name: string): Promise<void> => {
      await on.pool.run(owner, { kind: 'answer', answer: quick });
      order.push(name);
    };
    await Promise.all([
      // Started immediately.
      run(B, 'running'),
      run(A, 'slow'),
      run({ ...A, key: 'a/2' }, 'next version'),
    ]);
    expect(order).toEqual(['running', 'next version', 'slow']);
  });

  it('rejects an evaluation that cannot be sent to a thread, and runs the next evaluation', async () => {
    await using on = startPool();
    const broken = { ...answer('{}', {}), shown: { storeBodies: true, not: () => undefined } };
    await expect(on.pool.run(A, { kind: 'answer', answer: broken })).rejects.toThrow('could not be cloned');
    expect(await on.pool.run(A, render())).toMatchObject({ kind: 'done' });
  });

  it('rejects running and waiting evaluations when it is stopped', async () => {
    const on = startPool();
    const running = on.pool.run(A, LARGE_FORM);
    const waiting = on.pool.run(B, render());
    const ended = Promise.allSettled([running, waiting]);
    await on.pool.stop();
    expect(await ended).toEqual([
      { status: 'rejected', reason: expect.any(StoppingError) },
      { status: 'rejected', reason: expect.any(StoppingError) },
    ]);
    await expect(on.pool.run(A, render())).rejects.toBeInstanceOf(StoppingError);
    expect(on.pool.threads).toBe(0);
    expect(Object.fromEntries(on.open)).toEqual({ a: 0, b: 0 });
  });
});
