import type { CallStep, LoopStep, SetStep, WaitStep, WorkflowStep } from './workflow.ts';

/**
 * A workflow as a flat list, so that the place of a run in it is a single number, however deeply its branches and loops
 * are nested. Instructions are performed in the order of the list, unless one continues elsewhere. The run ends after
 * the last instruction.
 */
type Program = readonly Instruction[];

export type Instruction =
  | { op: 'set'; step: SetStep }
  | { op: 'wait'; step: WaitStep }
  /** `onError`: place where the error branch begins; null if there is no such branch. */
  | { op: 'webhook'; step: CallStep; onError: number | null }
  /** Continues with the loop's body or, after the last pass, at `exit`. */
  | { op: 'loop'; step: LoopStep; exit: number }
  | { op: 'jump'; to: number };

/** Compiles steps. Pure, so the same workflow always has the same places. */
export function compile(steps: readonly WorkflowStep[], start = 0): Program {
  const program: Instruction[] = [];
  for (const step of steps) program.push(...compileStep(step, start + program.length));
  return program;
}

function compileStep(step: WorkflowStep, at: number): Program {
  switch (step.type) {
    case 'webhook':
      return compileCall(step, at);
    case 'loop':
      return compileLoop(step, at);
    case 'set':
      return [{ op: 'set', step }];
    default:
      return [{ op: 'wait', step }];
  }
}

function compileLoop(step: LoopStep, at: number): Program {
  const body = compile(step.steps, at + 1);
  const exit = at + body.length + 2;
  return [{ op: 'loop', step, exit }, ...body, { op: 'jump', to: at }];
}

function compileCall(step: CallStep, at: number): Program {
  const success = compile(step.on_success ?? [], at + 1);
  if (!step.on_error) return [{ op: 'webhook', step, onError: null }, ...success];
  const onError = at + success.length + 2;
  const error = compile(step.on_error, onError);
  return [{ op: 'webhook', step, onError }, ...success, { op: 'jump', to: onError + error.length }, ...error];
}
