/** When a circuit opens, for how long, and what closes it (docs/design/circuits-and-waits.md). */
export interface CircuitOptions {
  /** Failures are counted over so many ms … */
  windowMs: number;
  /** … and open the circuit once so many calls ended in it, of which at least this share failed; … */
  leastCalls: number;
  failureShare: number;
  /** … or once so many failed one after the other. */
  failuresInARow: number;
  /** The first opening lasts this long, in ms, … */
  openMs: number;
  /** … each further one twice as long, up to this. */
  mostOpenMs: number;
  /** Probes that have to succeed, one after the other. */
  probesToClose: number;
}

/**
 * At the default base wait: 50 % of at least 20 calls in 30 s, or 10 in a row; open for 10 s, doubling to 5 min.
 * @param baseWaitMs first retry wait; all times derive from it
 */
export function circuitOptions(baseWaitMs: number): CircuitOptions {
  return {
    windowMs: 6 * baseWaitMs,
    leastCalls: 20,
    failureShare: 0.5,
    failuresInARow: 10,
    openMs: 2 * baseWaitMs,
    mostOpenMs: 60 * baseWaitMs,
    probesToClose: 3,
  };
}
