import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';

/** What an engine knows about an execution it asked for. */
export interface Correlation {
  /** The request as first saved; this is what is published, even after a restart. */
  request: WebhookRequested;
  /** Kafka has acknowledged the request. False may also mean that nobody lived to note it. */
  published: boolean;
  /** The first outcome that came; null while it is outstanding. */
  outcome: WebhookCompleted | null;
}

/** Which outstanding executions: of a run, one of them, those that may not be published, or all that match. */
export interface OutstandingFilter {
  workflowExecutionId?: string;
  identity?: ExecutionIdentity;
  unpublished?: true;
}

/**
 * Remembers requests from before they are published until their outcomes are applied, in the engine's own database.
 * @typeParam Tx a transaction of that database
 */
export interface CorrelationStore<Tx> {
  /**
   * Keeps a request unless its execution is known already; durable when it resolves.
   * @returns what is kept: the first request of this execution, and its outcome if that has come
   */
  save(request: WebhookRequested): Promise<Correlation>;
  markPublished(identity: ExecutionIdentity): Promise<void>;
  /** Keeps outcomes of known executions that have none yet (the first wins) and ignores all others. */
  complete(outcomes: readonly WebhookCompleted[]): Promise<void>;
  /** The outcomes that have come for these executions. */
  outcomes(identities: readonly ExecutionIdentity[]): Promise<WebhookCompleted[]>;
  /** Executions without an outcome. */
  outstanding(filter: OutstandingFilter): Promise<Correlation[]>;
  /**
   * Runs `apply` in the transaction that marks the outcome as applied, unless it is marked already. If `apply` rejects,
   * neither happens.
   * @returns whether it ran
   * @throws Error if no outcome of this execution is kept
   */
  applyOnce(identity: ExecutionIdentity, apply: (tx: Tx) => Promise<void>): Promise<boolean>;
  /**
   * Forgets executions whose outcome came before a time (epoch ms); their runs must be over, for a step that is asked
   * for again after this is called again.
   * @returns how many
   */
  forgetCompletedBefore(time: number): Promise<number>;
}
