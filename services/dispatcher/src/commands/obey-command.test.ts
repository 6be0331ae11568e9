import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type {
  ExecutionCommand,
  UnfinishedExecution,
  WebhookRequested,
} from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { anAttemptDue, anExecutionCommand } from '@hookline/testkit/builders';
import { aRequest, recordOf, startRecordPath, type TestRecordPath, turns } from '../testing/record-path.ts';

/** Commands as the owner of their partition processes them: each execution ends in one outcome. */
let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath();
});

afterEach(async () => {
  await path[Symbol.asyncDispose]();
});

function unfinished(
  request: WebhookRequested,
  changes: Partial<UnfinishedExecution> = {},
): UnfinishedExecution {
  const { workflowId, actionId, workflowExecutionId, stepId, metadata, requestedAt } = request;
  const ids = { workflowId, actionId, workflowExecutionId, stepId };
  const times = { requestedAt, acceptedAt: path.now(), unfinishedAt: path.now() };
  return { ...ids, metadata, replayOf: null, ...times, attempts: 0, ...changes };
}

function recordOfCommand(command: ExecutionCommand, changes: Partial<ConsumedRecord> = {}): ConsumedRecord {
  const value = encodeEvent('ExecutionCommand', command);
  return recordOf(value, { topic: TOPICS.commands, appendedAt: path.now(), ...changes });
}

/** A command that ends an execution wherever it waits. */
function ending(request: WebhookRequested, changes: Partial<UnfinishedExecution> = {}): ExecutionCommand {
  const { accountId, executionId } = request;
  return anExecutionCommand({ accountId, executionId, execution: unfinished(request, changes) });
}

const outcomes = () =>
  path.publisher.of(TOPICS.completed).map(({ status, attempts }) => ({ status, attempts }));

describe('a command that ends an execution', () => {
  it('publishes the outcome of an execution that waits in the lanes, with the fields known from the request and history', async () => {
    const request = aRequest({ metadata: { order: '7' }, stepId: 'step_1' });
    await path.process(recordOfCommand(ending(request, { attempts: 2 })));
    expect(path.publisher.of(TOPICS.completed)).toEqual([
      expect.objectContaining({
        executionId: request.executionId,
        accountId: request.accountId,
        workflowId: request.workflowId,
        stepId: 'step_1',
        metadata: { order: '7' },
        status: 'cancelled',
        errorType: 'cancelled',
        attempts: 2,
        acceptedAt: path.now(),
      }),
    ]);
  });

  it('counts attempts that history did not contain yet', async () => {
    const request = aRequest();
    path.window.delayed(executionKey(request), { attempt: 3, deferrals: 1 }, path.now());
    await path.process(recordOfCommand(ending(request, { attempts: 1 })));
    expect(outcomes()).toEqual([{ status: 'cancelled', attempts: 2 }]);
  });

  it('drops the waiting record of the execution, even after the verdict has been forgotten', async () => {
    const request = aRequest();
    const command = ending(request);
    await path.process(recordOfCommand(command, { offset: 5 }));
    path.pass(600_000);
    path.window.completed('another', path.now());
    const due = anAttemptDue({ request, attempt: 2, dueAt: path.now(), expiresAt: path.now() + 1_000 });
    await path.process(recordOf(due));
    expect([outcomes(), path.receiver.seen]).toEqual([[{ status: 'cancelled', attempts: 0 }], []]);
    expect(await path.counted('hookline_records_skipped_total', { known: 'cancelled' })).toBe(1);
  });

  it('publishes nothing if the execution has an outcome, even one that only a look-up in Kafka finds', async () => {
    const [known, looked] = [aRequest(), aRequest()];
    path.window.completed(executionKey(known), path.now());
    await path.process(recordOfCommand(ending(known)));
    const unfinishedAt = path.now() - 400_000;
    const answer = Promise.withResolvers<void>();
    path.lookUp.answer = answer.promise;
    const obeyed = path.process(recordOfCommand(ending(looked, { unfinishedAt }), { offset: 1 }));
    await turns();
    expect(path.lookedUp).toMatchObject([{ from: unfinishedAt - 300_000, partition: 0 }]);
    path.window.completed(executionKey(looked), path.now());
    answer.resolve();
    await obeyed;
    expect(outcomes()).toEqual([]);
  });

  it('looks up the result of an earlier processing of the same command if the command is old', async () => {
    const appendedAt = path.now() - 301_000;
    await path.process(recordOfCommand(ending(aRequest()), { appendedAt }));
    expect(path.lookedUp).toMatchObject([{ from: appendedAt - 300_000 }]);
  });

  it('changes nothing if an earlier command ends the execution', async () => {
    const request = aRequest();
    await path.process(recordOfCommand(ending(request), { offset: 5 }));
    path.pass(600_000);
    path.window.completed('another', path.now());
    await path.process(recordOfCommand(ending(request), { offset: 9 }));
    expect(outcomes()).toHaveLength(1);
  });

  it.each([
    [200, 'success'],
    [500, 'cancelled'],
  ])('waits for a call in flight: after a response %d the execution ends as %s', async (status, expected) => {
    const answer = Promise.withResolvers<void>();
    path.receiver.script('/hook', { status, after: answer.promise });
    const request = aRequest();
    const processed = path.process(recordOf(request));
    await path.receiver.requests(1);
    const obeyed = path.process(recordOfCommand(ending(request)));
    await turns();
    expect(outcomes()).toEqual([]);
    answer.resolve();
    await Promise.all([processed, obeyed]);
    expect(outcomes()).toEqual([{ status: expected, attempts: 1 }]);
  });

  it('leaves the outcome to the next owner if the partition is lost', async () => {
    await path.process(recordOfCommand(ending(aRequest())), () => Promise.resolve(false));
    expect(outcomes()).toEqual([]);
  });

  it('publishes nothing if an engine wrote it, or if it is in the wrong partition or cannot be decoded', async () => {
    const request = aRequest();
    const { accountId, executionId } = request;
    await path.process(recordOfCommand(anExecutionCommand({ accountId, executionId })));
    await path.process(recordOfCommand(ending(request), { partition: 1 }));
    await path.process(recordOf(Buffer.from('not avro'), { topic: TOPICS.commands }));
    expect(outcomes()).toEqual([]);
  });
});

describe('two records of an execution that arrive in the same turn', () => {
  it('lead to only one call', async () => {
    const due = anAttemptDue({ request: aRequest(), attempt: 1, dueAt: path.now(), reason: 'paused' });
    await Promise.all([path.process(recordOf(due)), path.process(recordOf(due, { offset: 1 }))]);
    expect([path.receiver.seen.length, outcomes()]).toEqual([1, [{ status: 'success', attempts: 1 }]]);
  });
});

describe('a reset of a circuit', () => {
  const reset = (changes: Partial<ExecutionCommand> = {}): ConsumedRecord => {
    const endpoint = `${path.receiver.url}/hook`;
    const { accountId } = aRequest();
    return recordOfCommand(
      anExecutionCommand({ accountId, executionId: '', kind: 'reset_circuit', endpoint, ...changes }),
    );
  };
  const fail = async (): Promise<void> => {
    path.receiver.script('/hook', { status: 500 });
    for (let i = 0; i < 10; i++) await path.process(recordOf(aRequest()));
    path.receiver.script('/hook', { status: 200 });
  };
  const waits = () => path.publisher.of(TOPICS.delayed).map(({ reason }) => reason);

  it('lets new calls start immediately', async () => {
    await fail();
    await path.process(recordOf(aRequest()));
    expect(waits().at(-1)).toBe('circuit_open');
    await path.process(reset());
    await path.process(recordOf(aRequest()));
    expect(outcomes().at(-1)).toMatchObject({ status: 'success' });
    expect(path.logs.filter(({ reason }) => reason === 'reset')).toMatchObject([
      { from: 'open', to: 'closed' },
    ]);
  });

  it('is ignored once it has expired', async () => {
    await fail();
    await path.process(reset({ expiresAt: path.now() }));
    await path.process(recordOf(aRequest()));
    expect(waits().at(-1)).toBe('circuit_open');
  });
});
