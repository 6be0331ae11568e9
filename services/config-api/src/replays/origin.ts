import type { RetryPolicyOverride } from '@hookline/shared/contracts/events';

/** Identity of a run of an execution in history. */
export interface OriginKey {
  executionId: string;
  /** Epoch ms. */
  acceptedAt: number;
}

/** An execution that a filter selects. */
export interface SelectedOrigin extends OriginKey {
  workflowId: string;
  actionId: string;
  status: string;
  errorType: string | null;
}

/** An execution in history, with the data for its replay. */
export interface Origin extends OriginKey {
  workflowId: string;
  actionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
  status: string;
  /** Definition version of the last attempt; null if there was no attempt. */
  definitionVersion: number | null;
  /** JSON text as requested; null if it is not stored. */
  context: string | null;
  metadata: Record<string, string>;
  retryPolicy: RetryPolicyOverride | null;
}

const UNFINISHED = ['pending', 'retrying', 'cancelling'];

/** Returns whether an execution has an outcome. Before that, a replay and the execution could call at the same time. */
export function hasEnded({ status }: { status: string }): boolean {
  return !UNFINISHED.includes(status);
}
