import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import {
  aRequest,
  definitionOf,
  recordOf,
  startRecordPath,
  type TestRecordPath,
} from './testing/record-path.ts';

const UUID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';

/** Fields that an engine spells in its own way, or leaves out. */
let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath();
});

afterEach(async () => path[Symbol.asyncDispose]());

it('F02 a request may name its action in any spelling; its outcome uses the spelling of the definition', async () => {
  path.definitions.set(UUID, { ...definitionOf(path), actionId: UUID });
  await path.process(recordOf(aRequest({ actionId: UUID.toUpperCase() })));
  expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ status: 'success', actionId: UUID }]);
});

it.each([0, 200_000])(
  'F09 a call gets the ids that its context lacks, whatever the size of the context: %i extra bytes',
  async (bytes) => {
    const definition = definitionOf(path);
    path.definitions.set(definition.actionId, {
      ...definition,
      method: 'POST',
      headers: { 'X-Ids': '{{execution.id}} {{account.id}} {{workflow.id}}' },
    });
    const context = JSON.stringify({ contact: { a: 'x'.repeat(bytes) }, account: { name: 'A' } });
    const request = aRequest({ context });
    await path.process(recordOf(request));
    const [sent] = path.receiver.seen;
    expect(sent?.header('x-ids')).toBe(`${request.executionId} ${request.accountId} ${request.workflowId}`);
  },
);
