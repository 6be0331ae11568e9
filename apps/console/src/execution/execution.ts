import type { components } from '@hookline/client/schema';

export type ExecutionDetail = components['schemas']['WebhookExecutionDetail'];
export type Attempt = ExecutionDetail['attempts'][number];

/** Whether an execution still waits or is called. */
export function isUnfinished({ completed_at }: Pick<ExecutionDetail, 'completed_at'>): boolean {
  return completed_at === null;
}
