/** Conditions under which a circuit opens, stays open and closes (docs/design/circuits-and-waits.md). */
export interface CircuitOptions {
  /** Length of the rolling window in which calls and failures are counted. */
  windowMs: number;
  /** Calls required in the window before `failureShare` can open the circuit. */
  minCalls: number;
  failureShare: number;
  /** Number of consecutive failures that open the circuit, whatever the window contains. */
  failuresInARow: number;
  /** Duration of the first opening. */
  openMs: number;
  /** Maximum duration of an opening; after each failed probe, the circuit opens for twice as long as before. */
  maxOpenMs: number;
  /** Number of consecutive successful probes that close the circuit. */
  probesToClose: number;
}

/**
 * Returns the options for a base wait. With 5 s, a circuit opens when, within 30 s, at least 20 calls end and at least
 * 50 % of them fail, or when 10 calls fail in a row. It stays open for 10 s, and after each failed probe for twice as
 * long as before, up to 5 min.
 * @param baseWaitMs wait before the first retry, from which all times are derived
 */
export function circuitOptions(baseWaitMs: number): CircuitOptions {
  return {
    windowMs: 6 * baseWaitMs,
    minCalls: 20,
    failureShare: 0.5,
    failuresInARow: 10,
    openMs: 2 * baseWaitMs,
    maxOpenMs: 60 * baseWaitMs,
    probesToClose: 3,
  };
}
