import type { BreakerState, BreakerStateName } from '@hookline/shared/contracts/endpoint-state';
import type { CircuitOptions } from './circuit-options.ts';
import { RollingCounts } from './rolling-counts.ts';

/** Handle of one admitted call; pass it back to report the result. */
export interface CircuitCall {
  /** Generation of the circuit's state that admitted the call. */
  readonly generation: number;
}

export type CircuitAdmission =
  | { kind: 'call'; call: CircuitCall; probe: boolean }
  /** Time at which to request admission again, epoch ms. */
  | { kind: 'open'; nextProbeAt: number };

type CircuitReason =
  'failure_share' | 'failures_in_a_row' | 'probe_due' | 'probe_failed' | 'probes_succeeded' | 'reset';

export interface CircuitChange {
  from: BreakerStateName;
  to: BreakerStateName;
  reason: CircuitReason;
  /** Epoch ms. */
  at: number;
  /** Null if the circuit is not open. */
  nextProbeAt: number | null;
}

type State =
  | { name: 'closed' }
  | { name: 'open'; openedAt: number; nextProbeAt: number; waitMs: number }
  | { name: 'half_open'; openedAt: number; waitMs: number; successes: number; probe: CircuitCall | null };

/** Maximum restored count: far above the number of calls in a window, and far below the maximum of a counter. */
const MAX_RESTORED_COUNT = 1_000_000;

/**
 * Circuit breaker of one endpoint. Pure: the clock is a parameter, epoch ms.
 *
 * Only calls admitted by the current generation are counted: a call that started before an opening and ends after it
 * does not show the endpoint's current state, and in the half-open state only the probe is counted. Only the first
 * report of a call has an effect. Only a failure opens the circuit: a success shows that the endpoint works, whatever
 * the share of failures.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #onChange: (change: CircuitChange) => void;
  readonly #counts: RollingCounts;
  readonly #admitted = new WeakSet<CircuitCall>();
  #state: State = { name: 'closed' };
  #generation = 0;
  #consecutiveFailures = 0;

  constructor(options: CircuitOptions, onChange: (change: CircuitChange) => void = () => undefined) {
    this.#options = options;
    this.#onChange = onChange;
    this.#counts = new RollingCounts(options.windowMs);
  }

  get name(): BreakerStateName {
    return this.#state.name;
  }

  /** Returns the time at which to request admission again; null if a call would be admitted now. Changes nothing. */
  refusedUntil(now: number): number | null {
    const state = this.#state;
    if (state.name === 'open') return now < state.nextProbeAt ? state.nextProbeAt : null;
    // The probe may end at any time. If it fails, the circuit opens for twice as long, so callers must request
    // admission again before that opening is over.
    if (state.name === 'half_open' && state.probe) return now + state.waitMs;
    return null;
  }

  admit(now: number): CircuitAdmission {
    const nextProbeAt = this.refusedUntil(now);
    if (nextProbeAt !== null) return { kind: 'open', nextProbeAt };
    if (this.#state.name === 'open') {
      const { openedAt, waitMs } = this.#state;
      this.#enter({ name: 'half_open', openedAt, waitMs, successes: 0, probe: null }, 'probe_due', now);
    }
    const call = { generation: this.#generation };
    this.#admitted.add(call);
    if (this.#state.name === 'half_open') this.#state.probe = call;
    return { kind: 'call', call, probe: this.#state.name === 'half_open' };
  }

  succeeded(call: CircuitCall, now: number): void {
    if (!this.#ends(call)) return;
    this.#consecutiveFailures = 0;
    if (this.#state.name !== 'half_open') {
      this.#counts.add(now, { calls: 1, failures: 0 });
      return;
    }
    this.#state.probe = null;
    this.#state.successes++;
    if (this.#state.successes >= this.#options.probesToClose) {
      this.#counts.clear();
      this.#enter({ name: 'closed' }, 'probes_succeeded', now);
    }
  }

  failed(call: CircuitCall, now: number): void {
    if (!this.#ends(call)) return;
    this.#consecutiveFailures++;
    const state = this.#state;
    if (state.name === 'half_open') {
      const waitMs = Math.min(2 * state.waitMs, this.#options.maxOpenMs);
      this.#open({ openedAt: state.openedAt, waitMs }, 'probe_failed', now);
      return;
    }
    this.#counts.add(now, { calls: 1, failures: 1 });
    const reason = this.#reasonToOpen(now);
    if (reason) this.#open({ openedAt: now, waitMs: this.#options.openMs }, reason, now);
  }

  /**
   * Reports that a call was never made, or that its end indicates nothing about the endpoint. If the call was the
   * probe, another probe may start.
   */
  abandoned(call: CircuitCall): void {
    if (this.#ends(call) && this.#state.name === 'half_open') this.#state.probe = null;
  }

  /**
   * Closes the circuit and resets its counts. Calls in flight are no longer counted.
   * @returns whether the circuit was open or half-open
   */
  reset(now: number): boolean {
    this.#generation++;
    this.#counts.clear();
    this.#consecutiveFailures = 0;
    if (this.#state.name === 'closed') return false;
    this.#enter({ name: 'closed' }, 'reset', now);
    return true;
  }

  snapshot(now: number): BreakerState {
    const state = this.#state;
    const consecutiveFailures = this.#consecutiveFailures;
    if (state.name === 'closed') return { state: 'closed', consecutiveFailures, ...this.#counts.totals(now) };
    const { openedAt, waitMs } = state;
    return state.name === 'open'
      ? { state: 'open', consecutiveFailures, openedAt, nextProbeAt: state.nextProbeAt, waitMs }
      : { state: 'half_open', consecutiveFailures, openedAt, waitMs, successes: state.successes };
  }

  /**
   * Continues from a snapshot taken at `takenAt`. Whatever the snapshot contains, afterwards no probe is in flight, no
   * opening lasts longer than the options allow, fewer probes than `probesToClose` have succeeded, and no count
   * overflows. No count is dated after `now`, because such a count would not age.
   */
  restore(stored: BreakerState, takenAt: number, now: number): void {
    const { openMs, maxOpenMs, probesToClose } = this.#options;
    this.#generation++;
    this.#consecutiveFailures = Math.min(stored.consecutiveFailures, MAX_RESTORED_COUNT);
    this.#counts.clear();
    if (stored.state === 'closed') {
      this.#state = { name: 'closed' };
      const calls = Math.min(stored.calls, MAX_RESTORED_COUNT);
      this.#counts.add(Math.min(takenAt, now), { calls, failures: Math.min(stored.failures, calls) });
      return;
    }
    const openedAt = Math.min(stored.openedAt, now);
    const waitMs = Math.min(Math.max(stored.waitMs, openMs), maxOpenMs);
    this.#state =
      stored.state === 'open'
        ? { name: 'open', openedAt, waitMs, nextProbeAt: Math.min(stored.nextProbeAt, now + waitMs) }
        : {
            name: 'half_open',
            openedAt,
            waitMs,
            successes: Math.min(stored.successes, probesToClose - 1),
            probe: null,
          };
  }

  /**
   * Returns whether the end of a call is counted: only its first report, and only in the generation that admitted it.
   */
  #ends(call: CircuitCall): boolean {
    return this.#admitted.delete(call) && call.generation === this.#generation;
  }

  #reasonToOpen(now: number): CircuitReason | null {
    const { minCalls, failureShare, failuresInARow } = this.#options;
    if (this.#consecutiveFailures >= failuresInARow) return 'failures_in_a_row';
    const { calls, failures } = this.#counts.totals(now);
    return calls >= minCalls && failures >= failureShare * calls ? 'failure_share' : null;
  }

  #open(how: { openedAt: number; waitMs: number }, reason: CircuitReason, now: number): void {
    this.#enter({ name: 'open', ...how, nextProbeAt: now + how.waitMs }, reason, now);
  }

  #enter(state: State, reason: CircuitReason, at: number): void {
    const from = this.#state.name;
    this.#state = state;
    this.#generation++;
    const nextProbeAt = state.name === 'open' ? state.nextProbeAt : null;
    this.#onChange({ from, to: state.name, reason, at, nextProbeAt });
  }
}
