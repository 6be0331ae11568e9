import type { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import { type Failure, failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import type { PendingAttempt, RequestRefusal } from '../attempt/pending-attempt.ts';
import type { Verdict } from '../attempt/verdict.ts';
import type { Settle } from './settle.ts';

interface SetAsideDeps {
  deadLetters: { setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> };
  settle: Settle;
  /** Returns whether, as far as is known, the attempt is not done and no record of its execution is in progress. */
  isUnknown: (attempt: PendingAttempt) => boolean;
}

/**
 * Ends records from which no attempt can be made. Each method resolves when everything that it publishes is
 * acknowledged.
 */
export interface SetAside {
  /** Dead-letters a record that does not name an execution. */
  unidentified(record: ConsumedRecord, problem: string): Promise<void>;
  /**
   * Dead-letters a record that cannot be decoded. If there is no doubt about its request, and the execution is neither
   * done nor in progress, completes the execution as `unreadable_request` so that its workflow does not wait forever.
   * This outcome is not a verdict: a readable copy is still processed, such as the same record after a redrive.
   */
  unreadable(record: ConsumedRecord, unreadable: Unreadable, stillAssigned: Ownership): Promise<void>;
  /**
   * Dead-letters a record whose request is refused.
   * @returns the verdict to settle
   */
  refused(record: ConsumedRecord, attempt: PendingAttempt, refusal: RequestRefusal): Promise<Verdict>;
  /**
   * Last resort: an unexpected error must not block the partition. Dead-letters the record and completes the execution
   * with an outcome that carries only its ids.
   * @returns whether the outcome was published
   */
  failed(record: ConsumedRecord, attempt: PendingAttempt, failed: Failed): Promise<boolean>;
}

interface Unreadable {
  error: DecodeError;
  guessed: PendingAttempt | null;
}

interface Failed {
  error: unknown;
  stillAssigned: Ownership;
}

export function createSetAside({ deadLetters, settle, isUnknown }: SetAsideDeps): SetAside {
  return {
    unidentified: async (record, problem) => {
      const error = `${problem}; set it in the producer and publish the request again`;
      await deadLetters.setAside(record, { reason: 'bad_identity', error });
    },

    unreadable: async (record, { error, guessed }, stillAssigned) => {
      const execution = guessed?.request ?? null;
      await deadLetters.setAside(record, { ...undecodableCause(error), execution });
      if (!guessed || !isUnknown(guessed)) return;
      const verdict = failedWith(failureOf('unreadable_request', error.message));
      await settle(guessed, verdict, async () => (await stillAssigned()) && isUnknown(guessed));
    },

    refused: async (record, { request }, { errorType, reason }) => {
      const failure = failureOf(errorType, reason);
      const error = `${failure.errorType}: ${reason}`;
      await deadLetters.setAside(record, { reason: 'unusable_request', error, execution: request });
      return failedWith(failure);
    },

    failed: async (record, attempt, { error, stillAssigned }) => {
      await deadLetters.setAside(record, {
        reason: 'processing_failed',
        error: `could not be processed: ${error instanceof Error ? error.message : String(error)}`,
        execution: attempt.request,
        thrown: error,
      });
      const request = { ...attempt.request, metadata: {}, stepId: null, workflowExecutionId: null };
      const failure = failureOf('render_error', 'an unexpected error occurred, see the dead letter');
      return settle({ ...attempt, request, traceparent: undefined }, failedWith(failure), stillAssigned);
    },
  };
}

function failedWith(failure: Failure): Verdict {
  return { kind: 'completed', status: 'error', failure, attempt: null, answer: null };
}
