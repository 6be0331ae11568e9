import type { MappingTarget } from '@hookline/shared/contracts/mapping-target';
import type { RunPosition } from './position.ts';
import type { Workflow } from './workflow.ts';

/** Regular expression for the ids of runs. */
export const RUN_ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** One run of a workflow for one contact. It contains the workflow as it was when the run began. */
export interface Run {
  id: string;
  accountId: string;
  contactId: string;
  workflow: Workflow;
  /** `cancelling` until Hookline has received the cancel commands, then `cancelled`. */
  status: 'running' | 'cancelling' | RunEnd;
  position: RunPosition;
  variables: Record<string, unknown>;
  /** Reason why the run failed; null if it has not failed. */
  error: string | null;
}

export type RunEnd = 'completed' | 'failed' | 'cancelled';

/** A value to write. It is JSON text, so that no digit of a number is lost. */
export type FieldWrite = MappingTarget & { json: string };

/** Changes made by a step, all in one transaction. */
export interface Progress {
  fields: readonly FieldWrite[];
  position: RunPosition;
}

/** The run was cancelled during a step; the changes of that step are dropped. */
export class RunNotRunningError extends Error {
  override readonly name = 'RunNotRunningError';
}
