import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import {
  aRequest,
  ACCOUNT,
  ACTION,
  definitionOf,
  recordOf,
  startRecordPath,
  type TestRecordPath,
  turns,
} from './testing/record-path.ts';

/**
 * Records whose evaluation is too costly for the event loop: the worker pool renders their requests and reads
 * their responses.
 */
let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath({ maxInFlightPerEndpoint: 1 });
});

afterEach(async () => path[Symbol.asyncDispose]());

function change(changes: Partial<WebhookDefinition>): void {
  path.definitions.set(ACTION, { ...definitionOf(path), ...changes });
}

/** 100 expressions, each of which visits a whole response of 252 KiB: about 22 s on the event loop (finding 2). */
const BOMB = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, `$..x${index}`]));
const NESTED = `${'['.repeat(45)}${Array.from({ length: 86_000 }, () => '{}').join()}${']'.repeat(45)}`;
const FORM_BYTES = 1_048_576;
const completed = () => path.publisher.of(TOPICS.completed);

describe('a response with costly mappings', () => {
  beforeEach(() => {
    path.receiver.script('/hook', { body: NESTED, headers: { 'content-type': 'application/json' } });
    change({ responseMapping: BOMB });
  });

  it('completes its execution and reports the mappings that ran out of time', async () => {
    await path.process(recordOf(aRequest()));
    const [outcome] = completed();
    expect(outcome).toMatchObject({ status: 'success', responseStatus: 200, mappedFields: {} });
    const errors = Object.values(outcome?.mappingErrors ?? {});
    expect(errors).toHaveLength(100);
    expect(errors.at(-1)).toBe('query_timed_out');
    expect(path.publisher.of(TOPICS.attempts)[0]?.response?.bodyBytes).toBe(NESTED.length);
  });

  it('frees its slot before it is read, and does not delay other accounts', async () => {
    const other = aRequest({ accountId: 'account_2', actionId: 'action_2' });
    const definition = { ...definitionOf(path), responseMapping: { ok: '$.ok' } };
    const url = `${path.receiver.url}/other`;
    path.definitions.set('action_2', { ...definition, accountId: 'account_2', actionId: 'action_2', url });
    path.receiver.script('/other', { body: { ok: true } });
    const costly = path.process(recordOf(aRequest()));
    await path.receiver.requests(1);
    await path.process(recordOf(other));
    expect(completed().map(({ accountId }) => accountId)).toEqual(['account_2']);
    expect(path.slots.inFlight).toBe(0);
    await costly;
    expect(completed()).toHaveLength(2);
  });

  it('delays the next calls of its account by the CPU time it used, and those calls are made afterwards', async () => {
    await path.process(recordOf(aRequest()));
    const next = path.process(recordOf(aRequest()));
    await turns();
    expect([path.slots.inFlight, path.slots.waiting]).toEqual([0, 1]);
    await next;
    expect(completed()).toHaveLength(2);
  });

  it('leaves its execution to the next owner of the partition if the process stops before the response is read', async () => {
    const ended = Promise.allSettled([path.process(recordOf(aRequest()))]);
    await path.receiver.requests(1);
    while (path.slots.inFlight > 0) await turns(1);
    await path.stopEvaluations();
    expect(await ended).toEqual([{ status: 'rejected', reason: expect.any(StoppingError) }]);
    expect(path.publisher.sent).toEqual([]);
  });
});

describe('a large request', () => {
  it('is rendered completely (finding 8: a form of 1 MiB)', async () => {
    const payloadTemplate = `a=${'x&'.repeat(200_000)}b={{contact.email}}`;
    change({ contentKind: 'form', payloadTemplate });
    await path.process(recordOf(aRequest()));
    const [received] = path.receiver.seen;
    expect(received?.body.toString()).toMatch(/^a=x&x=&x=&.*&b=john%40example\.com$/);
    expect(completed()[0]?.status).toBe('success');
  });

  it('is not sent if its execution expires while it waits for a worker', async () => {
    change({ contentKind: 'text', payloadTemplate: 'x'.repeat(FORM_BYTES / 2) });
    const processed = path.process(recordOf(aRequest({ expiresAt: path.now() + 1_000 })));
    await turns(1);
    path.pass(2_000);
    await processed;
    expect(path.receiver.seen).toEqual([]);
    expect(completed()[0]).toMatchObject({ status: 'error', errorType: 'expired' });
  });

  it('is dead-lettered, as a small request is, if its context is not a JSON object', async () => {
    const contexts = [`[${'1,'.repeat(50_000)}1]`, '[1]'];
    for (const context of contexts) await path.process(recordOf(aRequest({ context })));
    expect(completed().map(({ errorType, attempts }) => [errorType, attempts])).toEqual([
      ['render_error', 0],
      ['render_error', 0],
    ]);
    expect(path.publisher.of(TOPICS.deadLetter)).toHaveLength(2);
    expect(path.slots.inFlight).toBe(0);
  });

  it('is refused with the reason if its context has a number of more than 100 digits (finding 7)', async () => {
    const digits = '9'.repeat(900_000);
    await path.process(recordOf(aRequest({ context: `{"contact":{"n":${digits}}}` })));
    await path.process(recordOf(aRequest({ context: `{"contact":{"n":${digits.slice(0, 101)}}}` })));
    for (const { errorMessage, accountId } of completed()) {
      expect(accountId).toBe(ACCOUNT);
      expect(errorMessage).toContain('a number has more than 100 digits; send it as a string, in quotes');
    }
    expect(completed()).toHaveLength(2);
  });
});
