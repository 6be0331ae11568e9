/**
 * What this dispatcher knows of executions it has had in hand lately, to skip work that is done already (DESIGN.md, What
 * is done already). Pure: bounded by age and number, the clock is a parameter.
 */

/** Order of an execution's records: a later attempt, or a further deferral of the same one, is greater. */
export interface Step {
  attempt: number;
  deferrals: number;
}

export type Known = 'completed' | 'superseded' | 'in_hand' | null;

/** Last verdict of an execution. */
interface Verdict {
  /** Greatest step that was announced on webhook.delayed; null once the execution is completed. */
  delayed: Step | null;
  at: number;
}

export interface WindowLimits {
  maxAgeMs: number;
  maxExecutions: number;
}

export const WINDOW_DEFAULTS: WindowLimits = { maxAgeMs: 300_000, maxExecutions: 1_000_000 };

export class ExecutionWindow {
  readonly #limits: WindowLimits;
  /** Steps that are queued or in flight here; bounded by the intake. */
  readonly #inHand = new Map<string, Step>();
  /** Oldest verdict first: a Map keeps insertion order, and a new verdict is inserted again. */
  readonly #verdicts = new Map<string, Verdict>();

  constructor(limits: WindowLimits = WINDOW_DEFAULTS) {
    this.#limits = limits;
  }

  /**
   * Takes a step in hand unless it is known.
   * @param fresh true for a record of webhook.requested, which any verdict supersedes
   * @returns why it must be skipped, or null: then it is in hand until `completed`, `delayed` or `dropped`
   */
  take(execution: string, step: Step, fresh: boolean): Known {
    const verdict = this.#verdicts.get(execution);
    if (verdict && verdict.delayed === null) return 'completed';
    const inHand = this.#inHand.get(execution);
    if (inHand && (fresh || compareSteps(inHand, step) >= 0)) return 'in_hand';
    if (verdict?.delayed && (fresh || compareSteps(verdict.delayed, step) > 0)) return 'superseded';
    this.#inHand.set(execution, step);
    return null;
  }

  completed(execution: string, now: number): void {
    this.#remember(execution, { delayed: null, at: now });
  }

  /** The step was announced on webhook.delayed; nothing of the execution is in hand now. */
  delayed(execution: string, step: Step, now: number): void {
    this.#remember(execution, { delayed: step, at: now });
  }

  /** The step was given up without a verdict; it may be taken again. */
  dropped(execution: string): void {
    this.#inHand.delete(execution);
  }

  #remember(execution: string, verdict: Verdict): void {
    this.#inHand.delete(execution);
    this.#verdicts.delete(execution);
    this.#verdicts.set(execution, verdict);
    for (const [oldest, { at }] of this.#verdicts) {
      const tooOld = verdict.at - at > this.#limits.maxAgeMs;
      if (!tooOld && this.#verdicts.size <= this.#limits.maxExecutions) break;
      this.#verdicts.delete(oldest);
    }
  }
}

function compareSteps(a: Step, b: Step): number {
  return a.attempt - b.attempt || a.deferrals - b.deferrals;
}
