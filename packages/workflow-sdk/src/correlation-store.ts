import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';

/** State of an execution that an engine has requested. */
export interface Correlation {
  /** The request as first saved; it is published in this form, even after a restart. */
  request: WebhookRequested;
  /**
   * Whether Kafka is known to have acknowledged the request; also false if the process died before it recorded the
   * acknowledgement.
   */
  published: boolean;
  /** The first outcome received; null while the execution is outstanding. */
  outcome: WebhookCompleted | null;
}

/**
 * Selects outstanding executions: those of a run, a single one, or those whose request may not have been published. If
 * several conditions are set, an execution must meet all of them.
 */
export interface OutstandingFilter {
  workflowExecutionId?: string;
  identity?: ExecutionIdentity;
  unpublished?: true;
}

/**
 * Stores requests in the engine's own database before they are published, and later their outcomes, until
 * `forgetCompletedBefore` deletes them.
 * @typeParam Tx a transaction of that database
 */
export interface CorrelationStore<Tx> {
  /**
   * Stores a request unless its execution is already stored; the request is durable once this resolves.
   * @returns the stored state: the first request of this execution, and its outcome if an outcome was received
   */
  save(request: WebhookRequested): Promise<Correlation>;
  markPublished(identity: ExecutionIdentity): Promise<void>;
  /** Stores the first outcome of each known execution and ignores all others. */
  complete(outcomes: readonly WebhookCompleted[]): Promise<void>;
  /** Returns the outcomes received for these executions. */
  outcomes(identities: readonly ExecutionIdentity[]): Promise<WebhookCompleted[]>;
  /** Returns the outstanding executions that the filter selects. */
  outstanding(filter: OutstandingFilter): Promise<Correlation[]>;
  /**
   * Runs `apply` in the transaction that marks the outcome as applied, unless it is already marked. If `apply` rejects,
   * the transaction is rolled back.
   * @returns whether `apply` ran
   * @throws Error if no outcome of this execution is stored
   */
  applyOnce(identity: ExecutionIdentity, apply: (tx: Tx) => Promise<void>): Promise<boolean>;
  /**
   * Deletes executions whose outcome was received before a time (epoch ms). Their runs must have ended, because
   * requesting a step again after the deletion makes a new call.
   * @returns the number of deleted executions
   */
  forgetCompletedBefore(time: number): Promise<number>;
}
