import { v5 as uuidV5 } from 'uuid';

/**
 * Namespace of executionIds (UUIDv5, RFC 9562, section 5.5). Never changed: an engine that resumes must find the ids it
 * chose before.
 */
const EXECUTION_NAMESPACE = 'a56a5fc2-e995-473a-bd1e-0a83149d4921';

/** One pass of a workflow run through a webhook step. */
export interface StepPass {
  /** The run; unique among all runs of the engine. */
  workflowExecutionId: string;
  /** The step within its workflow. */
  stepId: string;
  /** How often the run came by this step before, from 0; more than 0 only in loops. */
  iteration: number;
}

/** The executionId of a pass: the same pass has the same id after any restart, and Hookline calls it once. */
export function executionIdOf({ workflowExecutionId, stepId, iteration }: StepPass): string {
  return uuidV5(JSON.stringify([workflowExecutionId, stepId, iteration]), EXECUTION_NAMESPACE);
}
