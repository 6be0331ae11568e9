import { v5 as uuidV5 } from 'uuid';

/**
 * Namespace of executionIds (UUIDv5, RFC 9562, section 5.5). It must never change, because an engine that resumes must
 * compute the same ids as before.
 */
const EXECUTION_NAMESPACE = 'a56a5fc2-e995-473a-bd1e-0a83149d4921';

/** One pass of a workflow run through a webhook step. */
export interface StepPass {
  /** Id of the run; unique among all runs of the engine. */
  workflowExecutionId: string;
  /** Id of the step within its workflow. */
  stepId: string;
  /** Number of earlier passes of the run through this step; more than 0 only in loops. */
  iteration: number;
}

/** Returns the executionId of a pass: the same after any restart, so that a step requested again makes no new call. */
export function executionIdOf({ workflowExecutionId, stepId, iteration }: StepPass): string {
  return uuidV5(JSON.stringify([workflowExecutionId, stepId, iteration]), EXECUTION_NAMESPACE);
}
