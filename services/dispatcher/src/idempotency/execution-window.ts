/** Position of a record in its execution: a later attempt, or a further deferral of the same attempt, is greater. */
export interface AttemptStep {
  attempt: number;
  deferrals: number;
}

export type DoneReason = 'completed' | 'superseded' | null;

/** Last verdict on an execution. */
interface Verdict {
  /** Greatest step that was announced on webhook.delayed; null once the execution is completed. */
  delayed: AttemptStep | null;
  at: number;
}

interface WindowLimits {
  maxAgeMs: number;
  maxExecutions: number;
}

/** Limits the memory of a window to a few hundred MB: five minutes at 4,000 executions a second. */
export const MAX_EXECUTIONS = 1_200_000;

/** Share of the maximum age, or of the maximum number, that is forgotten at once. */
const PORTION = 0.001;

/**
 * Verdicts known to this dispatcher, its own and those read back, which let it skip work that is done already
 * (docs/design/delivery-guarantees.md). Bounded by age and number. Pure: the clock is a parameter.
 *
 * Old verdicts are forgotten in portions, because finding the oldest verdict is slow: an iterator over the map first
 * skips the gaps that deleted entries have left at the front, which takes up to a millisecond with 300,000 entries.
 */
export class ExecutionWindow {
  readonly #limits: WindowLimits;
  /** Oldest verdict first: a Map keeps insertion order, and an execution with a new verdict is inserted again. */
  readonly #verdicts = new Map<string, Verdict>();
  #sweptAt = -Infinity;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#verdicts.size;
  }

  /**
   * Returns the reason why a step is done already; null if it is not.
   * @param isNewRequest true for a record of webhook.requested, which any verdict supersedes; a record from the lanes
   *   is superseded only by a greater step, because its own announcement has the same step
   */
  doneReason(execution: string, step: AttemptStep, isNewRequest: boolean): DoneReason {
    const verdict = this.#verdicts.get(execution);
    if (!verdict) return null;
    if (verdict.delayed === null) return 'completed';
    return isNewRequest || compareSteps(verdict.delayed, step) > 0 ? 'superseded' : null;
  }

  isCompleted(execution: string): boolean {
    return this.#verdicts.get(execution)?.delayed === null;
  }

  /** Returns the last step that was announced; null if none is known or the execution is completed. */
  announced(execution: string): AttemptStep | null {
    return this.#verdicts.get(execution)?.delayed ?? null;
  }

  completed(execution: string, now: number): void {
    this.#remember(execution, { delayed: null, at: now });
  }

  /**
   * Records that the step was announced on webhook.delayed. A known outcome is kept, and so is a greater step, because
   * the two topics are read back in parallel.
   */
  delayed(execution: string, { attempt, deferrals }: AttemptStep, now: number): void {
    const verdict = this.#verdicts.get(execution);
    const step = { attempt, deferrals };
    const later = verdict && (verdict.delayed === null || compareSteps(verdict.delayed, step) >= 0);
    if (!later) this.#remember(execution, { delayed: step, at: now });
  }

  #remember(execution: string, verdict: Verdict): void {
    this.#verdicts.delete(execution);
    this.#verdicts.set(execution, verdict);
    const { maxAgeMs, maxExecutions } = this.#limits;
    const isFull = this.#verdicts.size > maxExecutions;
    if (isFull || verdict.at - this.#sweptAt >= maxAgeMs * PORTION) this.#sweep(verdict.at, isFull);
  }

  #sweep(now: number, isFull: boolean): void {
    this.#sweptAt = now;
    const { maxAgeMs, maxExecutions } = this.#limits;
    const kept = isFull ? Math.min(maxExecutions, Math.ceil(maxExecutions * (1 - PORTION))) : maxExecutions;
    for (const [oldest, { at }] of this.#verdicts) {
      if (now - at <= maxAgeMs && this.#verdicts.size <= kept) return;
      this.#verdicts.delete(oldest);
    }
  }
}

function compareSteps(a: AttemptStep, b: AttemptStep): number {
  return a.attempt - b.attempt || a.deferrals - b.deferrals;
}
