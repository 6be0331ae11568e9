import type { Instruction } from './program.ts';

/** Where a run is. Stored after each step, so that a killed engine goes on from it. */
export interface Position {
  /** Index of the instruction to perform. */
  place: number;
  /** Passes by step: of a loop those begun, of a webhook those ended. */
  passes: Readonly<Record<string, number>>;
  /** When the wait at `place` ends, epoch ms; null if none has begun. */
  waitUntil: number | null;
}

export const START: Position = { place: 0, passes: {}, waitUntil: null };

export function next({ place, passes }: Position): Position {
  return { place: place + 1, passes, waitUntil: null };
}

export function waiting(position: Position, waitUntil: number): Position {
  return { ...position, waitUntil };
}

export function jump({ passes }: Position, to: number): Position {
  return { place: to, passes, waitUntil: null };
}

/** The loop's body, or what follows it after the last pass; an outer loop may then begin it anew. */
export function enterLoop(
  position: Position,
  { step, exit }: Extract<Instruction, { op: 'loop' }>,
): Position {
  const passes = position.passes[step.id] ?? 0;
  return passes < step.times
    ? next(withPasses(position, step.id, passes + 1))
    : jump(withPasses(position, step.id, 0), exit);
}

/** After a webhook: the success branch, or the error branch; null where an error has none. */
export function afterCall(
  position: Position,
  { step, onError }: Extract<Instruction, { op: 'webhook' }>,
  succeeded: boolean,
): Position | null {
  const counted = withPasses(position, step.id, iterationOf(position, step.id) + 1);
  if (succeeded) return next(counted);
  return onError === null ? null : jump(counted, onError);
}

/** How often a webhook step ended before in this run: its iteration, whatever loops it is in. */
export function iterationOf(position: Position, stepId: string): number {
  return position.passes[stepId] ?? 0;
}

function withPasses(position: Position, stepId: string, count: number): Position {
  return { ...position, passes: { ...position.passes, [stepId]: count } };
}
