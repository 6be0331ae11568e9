import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { ExecutionCommand, UnfinishedExecution } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Logger } from '@hookline/shared/runtime/logger';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import type { Verdict } from '../attempt/verdict.ts';
import { type CommandPlace, endsExecution } from './command-view.ts';

interface ObeyCommandDeps {
  registry: Pick<SchemaRegistry, 'decode'>;
  commands: {
    note(command: ExecutionCommand, place: CommandPlace): void;
    /** Returns the offset of the first command that itself ends the execution; null if there is none. */
    endedBy(execution: ExecutionIdentity): number | null;
  };
  executions: {
    /** Claims an execution in order to end it; waits for a call in flight. */
    claimToEnd(
      execution: ExecutionIdentity,
      known: { partition: number; since: number },
    ): Promise<Disposable & { isCompleted(): boolean; attemptsMade: number }>;
    noteCompleted(execution: ExecutionIdentity): void;
  };
  /** Publishes the outcome; see `Settle`. */
  settle: (attempt: PendingAttempt, verdict: Verdict, mayStillDecide: Ownership) => Promise<boolean>;
  /** Closes the circuit of an endpoint; returns whether it was open or half-open. */
  resetCircuit: (id: { accountId: string; endpoint: string }) => boolean;
  logger: Logger;
  now: () => number;
}

const CANCELLED: Verdict = {
  kind: 'completed',
  status: 'cancelled',
  failure: failureOf('cancelled'),
  attempt: null,
  answer: null,
};

/**
 * Returns the function that processes a record of `webhook.commands` as the owner of its partition (ADR 38). The
 * function resolves when everything that it publishes is acknowledged. A command that only concerns records in progress
 * needs nothing here, because the command view notifies these records.
 */
export function createObeyCommand(
  deps: ObeyCommandDeps,
  options: { partitions: number },
): (record: ConsumedRecord, stillAssigned: Ownership) => Promise<void> {
  const { registry, commands, logger, now } = deps;
  return async (record, stillAssigned) => {
    let command: ExecutionCommand;
    try {
      command = await registry.decode('ExecutionCommand', record.value ?? Buffer.alloc(0));
    } catch (error) {
      // The command view dead-letters the record.
      if (error instanceof DecodeError) return;
      throw error;
    }
    if (command.kind === 'reset_circuit' && command.endpoint !== null) {
      const { accountId, endpoint } = command;
      if (command.expiresAt <= now()) return;
      const wasOpen = deps.resetCircuit({ accountId, endpoint });
      logger.info(
        { accountId, endpoint, wasOpen },
        'circuit reset by a command; new calls start immediately',
      );
      return;
    }
    if (!endsExecution(command, record.partition, options)) return;
    // Records in progress end first: queued records immediately, a record with a call in flight after its call.
    commands.note(command, record);
    const first = commands.endedBy(command);
    if (first !== null && first < record.offset) return;
    if (command.execution)
      await endExecution(deps, { command, execution: command.execution, record, stillAssigned });
  };
}

interface Ending {
  command: ExecutionCommand;
  execution: UnfinishedExecution;
  record: ConsumedRecord;
  stillAssigned: Ownership;
}

/** Publishes `cancelled` unless the execution has an outcome. */
async function endExecution(
  { executions, settle }: ObeyCommandDeps,
  { command, execution, record, stillAssigned }: Ending,
): Promise<void> {
  // An existing outcome, even if an earlier processing of this command published it, cannot be older than this time.
  const since = Math.min(record.appendedAt, execution.unfinishedAt);
  using claimed = await executions.claimToEnd(command, { partition: record.partition, since });
  if (claimed.isCompleted()) return;
  faultPoint('command.before-outcome');
  const attempts = Math.max(execution.attempts, claimed.attemptsMade);
  const mayStillDecide = async (): Promise<boolean> => (await stillAssigned()) && !claimed.isCompleted();
  if (!(await settle(attemptToEnd(command, execution, attempts), CANCELLED, mayStillDecide))) return;
  faultPoint('command.outcome-acknowledged');
  executions.noteCompleted(command);
}

/** Builds an attempt that is never made, with the fields that its outcome needs. */
function attemptToEnd(
  { accountId, executionId, expiresAt, issuedAt }: ExecutionCommand,
  { acceptedAt, requestedAt, ...execution }: UnfinishedExecution,
  attemptsMade: number,
): PendingAttempt {
  const { workflowId, actionId, workflowExecutionId, stepId, metadata, replayOf } = execution;
  const ids = { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId, replayOf };
  const noPolicy = { retryPolicy: null, retrySchedule: null, definitionSnapshot: null };
  const unused = { context: '', notBefore: null, expiresAt: null, ...noPolicy };
  return {
    request: { ...ids, metadata, requestedAt, ...unused },
    acceptedAt,
    expiresAt,
    attempt: attemptsMade + 1,
    dueAt: issuedAt,
    reason: 'retry',
    deferrals: 0,
    firstAttemptAt: null,
    receivedAt: issuedAt,
    parkedBehind: null,
    overflowUntil: null,
    traceparent: undefined,
    snapshot: null,
    refusal: null,
  };
}
