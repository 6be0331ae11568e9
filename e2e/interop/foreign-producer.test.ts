import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pythonWith } from '@hookline/testkit/python-env';
import type { Receiver } from '@hookline/testkit/receiver';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { shareStory, type Story } from '../support/story.ts';

/** An engine in another language, with its own Avro library, Kafka client and partitioner. */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;
let python: string;

beforeAll(async () => {
  python = await pythonWith(['fastavro==1.13.1', 'confluent-kafka==2.16.1']);
  story = await shareStory({ scripts: { '/py': { body: { data: { id: 'ext_py' } } } } });
  ({ receiver, hookline, account } = story);
}, 180_000);

afterAll(() => story.stop());

/** Runs the Python program with its input on stdin and returns its output. */
function runEngine(order: object): Promise<Record<string, unknown>> {
  const program = join(import.meta.dirname, '../foreign/engine.py');
  return new Promise((resolve, reject) => {
    const child = execFile(python, [program], (error, stdout, stderr) => {
      if (error) reject(new Error(`the Python engine failed:\n${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as Record<string, unknown>);
    });
    child.stdin?.end(JSON.stringify(order));
  });
}

describe('a producer that shares no code with Hookline', () => {
  it('gets its request delivered and reads the outcome', async () => {
    const actionId = await account.createAction({
      url: `${receiver.url}/py`,
      method: 'POST',
      payload_template: { email: '{{contact.email}}' },
      response_mapping: { external_id: '$.data.id' },
    });
    // First with its own partitioner (null), then to each partition explicitly; one of them is not the account's.
    for (const partition of [null, 0, 1]) {
      const executionId = randomUUID();
      const { brokers, prefix } = hookline.topics;
      const completed = await runEngine({
        brokers: brokers.join(','),
        prefix,
        accountId: account.id,
        actionId,
        executionId,
        partition,
      });

      expect(completed).toMatchObject({
        executionId,
        accountId: account.id,
        status: 'success',
        attempts: 1,
        responseStatus: 200,
        metadata: { language: 'python' },
        mappedFields: { external_id: '"ext_py"' },
      });
      const received = receiver.seen.filter((one) => one.header('webhook-id') === executionId);
      expect(received.map(({ body }) => body.toString())).toEqual(['{"email":"zoë@example.com"}']);
      expect(await account.execution(executionId, 'success')).toMatchObject({ workflow_id: 'workflow_py' });
    }
  }, 150_000);
});
