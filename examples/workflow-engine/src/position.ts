import type { Instruction } from './program.ts';

/** Progress of a run. It is stored after each step, so that a killed engine can resume from it. */
export interface RunPosition {
  /** Index of the instruction to perform. */
  place: number;
  /** Number of passes by step id. For a loop, a pass is counted when it begins; for any other step, when it ends. */
  passes: Readonly<Record<string, number>>;
  /** Time at which the wait at `place` ends, epoch ms; null if no wait has begun. */
  waitUntil: number | null;
}

export const START: RunPosition = { place: 0, passes: {}, waitUntil: null };

function next({ place, passes }: RunPosition): RunPosition {
  return { place: place + 1, passes, waitUntil: null };
}

/** Continues after a step that has no branches, and counts the step, so that it can be shown as done. */
export function afterStep(position: RunPosition, stepId: string): RunPosition {
  return next(withPasses(position, stepId, iterationOf(position, stepId) + 1));
}

export function waiting(position: RunPosition, waitUntil: number): RunPosition {
  return { ...position, waitUntil };
}

export function jump({ passes }: RunPosition, to: number): RunPosition {
  return { place: to, passes, waitUntil: null };
}

/**
 * Enters the body of a loop or, after the last pass, continues after the loop and resets its count for an outer loop.
 */
export function enterLoop(
  position: RunPosition,
  { step, exit }: Extract<Instruction, { op: 'loop' }>,
): RunPosition {
  const passes = position.passes[step.id] ?? 0;
  return passes < step.times
    ? next(withPasses(position, step.id, passes + 1))
    : jump(withPasses(position, step.id, 0), exit);
}

/** Follows the success or the error branch of a webhook; returns null after an error without a branch. */
export function afterCall(
  position: RunPosition,
  { step, onError }: Extract<Instruction, { op: 'webhook' }>,
  succeeded: boolean,
): RunPosition | null {
  const counted = withPasses(position, step.id, iterationOf(position, step.id) + 1);
  if (succeeded) return next(counted);
  return onError === null ? null : jump(counted, onError);
}

/**
 * Returns the iteration of a step, which is the number of times that it has ended in this run, across all loops around
 * it.
 */
export function iterationOf(position: RunPosition, stepId: string): number {
  return position.passes[stepId] ?? 0;
}

function withPasses(position: RunPosition, stepId: string, count: number): RunPosition {
  return { ...position, passes: { ...position.passes, [stepId]: count } };
}
