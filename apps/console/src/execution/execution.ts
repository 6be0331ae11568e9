import type { components } from '@hookline/client/schema';

export type ExecutionDetail = components['schemas']['WebhookExecutionDetail'];
export type Attempt = ExecutionDetail['attempts'][number];

/** Returns whether an execution has not completed yet. */
export function isUnfinished({ completed_at }: Pick<ExecutionDetail, 'completed_at'>): boolean {
  return completed_at === null;
}
