import { executionIdOf } from '@hookline/workflow-sdk/execution-id';
import { compile, type Instruction } from '../program.ts';
import type { Run } from '../run.ts';

/** State of a step in a run; `skipped` if the run ended without performing it. */
type StepState = 'waiting' | 'active' | 'done' | 'failed' | 'skipped';

/** A run as shown on the builder page. */
interface RunView {
  id: string;
  status: Run['status'];
  error: string | null;
  /** States by step id. */
  steps: Record<string, StepState>;
  variables: Run['variables'];
  /** Executions of webhook steps, each with the URL of its page in the console. */
  executions: { step_id: string; execution_id: string; url: string }[];
}

/** Maximum number of executions that are listed for one step in a loop. */
const MAX_LISTED = 20;

/** Describes a run for the builder page. Pure. @param consoleUrl without `/console` and without a slash at the end */
export function runView(run: Run, consoleUrl: string): RunView {
  const program = compile(run.workflow.steps);
  const isRunning = run.status === 'running' || run.status === 'cancelling';
  const current = program[run.position.place];
  const at = current && current.op !== 'jump' ? current.step.id : null;
  const steps: RunView['steps'] = {};
  const executions: RunView['executions'] = [];
  for (const [place, instruction] of program.entries()) {
    if (instruction.op === 'jump') continue;
    const { id } = instruction.step;
    const isAt = id === at;
    if (isAt && isRunning) steps[id] = 'active';
    else if (isAt && run.status === 'failed') steps[id] = 'failed';
    else if (isPassed(run, instruction, place)) steps[id] = 'done';
    else steps[id] = isRunning ? 'waiting' : 'skipped';
    if (instruction.op === 'webhook') {
      const count = passesOf(run, id) + (isAt ? 1 : 0);
      executions.push(...executionsOf(run, { stepId: id, count, consoleUrl }));
    }
  }
  const { id, status, error, variables } = run;
  return { id, status, error, steps, variables, executions };
}

function passesOf({ position }: Run, stepId: string): number {
  return position.passes[stepId] ?? 0;
}

/**
 * Returns whether a step has been performed. A loop resets its count when it ends, so a run that is past the loop has
 * performed it, whatever the count.
 */
function isPassed(run: Run, instruction: Exclude<Instruction, { op: 'jump' }>, place: number): boolean {
  if (passesOf(run, instruction.step.id) > 0) return true;
  return instruction.op === 'loop' && place < run.position.place;
}

function executionsOf(
  run: Run,
  { stepId, count, consoleUrl }: { stepId: string; count: number; consoleUrl: string },
): RunView['executions'] {
  const first = Math.max(0, count - MAX_LISTED);
  return Array.from({ length: count - first }, (_, index) => {
    const pass = { workflowExecutionId: run.id, stepId, iteration: first + index };
    const executionId = executionIdOf(pass);
    return {
      step_id: stepId,
      execution_id: executionId,
      url: `${consoleUrl}/console/executions/${executionId}`,
    };
  });
}
