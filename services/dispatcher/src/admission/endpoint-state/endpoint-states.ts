import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { circuitOptions } from '../circuit/circuit-options.ts';
import type { EndpointId, EndpointLoad } from './endpoint-entry.ts';
import { type AdmittedCall, EndpointRegistry, type Postponed } from './endpoint-registry.ts';
import type { RateLimits } from '../rate-limit/rate-limits.ts';
import type { EndpointStateMetrics } from './endpoint-state-metrics.ts';
import type { EndpointStateStore } from './redis-endpoint-states.ts';
import { StateKeeper } from './state-keeper.ts';

/**
 * Circuits and rate limits, decided in memory, stored in Redis. Only `restore` and the lifecycle are
 * asynchronous, and neither fails when Redis is unavailable.
 */
export interface EndpointStates extends Component {
  /** Returns the postponement of a call that its circuit would refuse now, so that it does not queue; null otherwise. */
  refusal(id: EndpointId, limits: RateLimits): Postponed | null;
  /**
   * Starts a call that has a slot, or postpones it.
   * @param how.hasReservation whether the call was postponed before and has reached the time reserved for it
   */
  admit(id: EndpointId, limits: RateLimits, how: { hasReservation: boolean }): AdmittedCall | Postponed;
  /** Closes the circuit of an endpoint; returns whether it was open or half-open. */
  reset(id: EndpointId): boolean;
  /**
   * Reads the states that earlier owners stored for these accounts; await it before processing records of gained
   * partitions. Takes about a second at most, and does not wait while Redis is disconnected.
   */
  restore(accountIds: readonly string[]): Promise<void>;
}

interface EndpointStatesDeps {
  store: EndpointStateStore;
  /** Number of calls to an endpoint, in flight and waiting, as the API shows it. */
  loadOf: (id: EndpointId) => EndpointLoad;
  metrics: EndpointStateMetrics;
  logger: Logger;
  now: () => number;
}

interface EndpointStatesOptions {
  /** First retry wait, from which all times of circuits derive. */
  baseWaitMs: number;
  /** Interval at which counters are written, in ms (default 1 s). */
  writeEveryMs?: number;
}

const MAX_ENDPOINTS = 50_000;
/**
 * Half the number of actions that an account may have by default. Few accounts call more endpoints within the ten
 * minutes after which an unused endpoint is forgotten.
 */
const MAX_ENDPOINTS_PER_ACCOUNT = 5_000;
/**
 * Rate at which calls to an endpoint without a limit return after its circuit has opened; if the endpoint cannot keep
 * up, records overflow from the backlog into the delay lanes.
 */
const RECOVERY = { perSecond: 100, burst: 1 };
const RESTORE_MS = 1_000;

/**
 * Creates circuits and rate limits. Before `start`, the only activity is a timer, set when there is something to write.
 */
export function createEndpointStates(
  deps: EndpointStatesDeps,
  { baseWaitMs, writeEveryMs = 1_000 }: EndpointStatesOptions,
): EndpointStates {
  const { metrics, now } = deps;
  const logger = deps.logger.child({ part: 'endpoint states' });
  const circuit = circuitOptions(baseWaitMs);
  const registry = new EndpointRegistry(
    {
      now,
      onUse: (entry) => keeper.schedule(entry),
      onChange: ({ accountId, endpoint, from, to, reason, nextProbeAt }, entry) => {
        metrics.breakerChanges.inc({ from, to });
        logger.info({ accountId, endpoint, from, to, reason, nextProbeAt }, 'circuit changed state');
        void keeper.writeNow(entry);
      },
    },
    {
      circuit,
      recovery: RECOVERY,
      idleMs: 2 * circuit.maxOpenMs,
      maxEndpoints: MAX_ENDPOINTS,
      maxEndpointsPerAccount: MAX_ENDPOINTS_PER_ACCOUNT,
    },
  );
  const keeper = new StateKeeper(
    { ...deps, registry, logger },
    { everyMs: writeEveryMs, restoreMs: RESTORE_MS },
  );
  metrics.watch({ known: () => registry.size, notClosed: () => registry.notClosed });
  let sweep: NodeJS.Timeout | undefined;
  return {
    name: 'endpoint states',
    start: async () => {
      sweep ??= setInterval(() => registry.forgetIdle(), circuit.maxOpenMs);
    },
    stop: async () => {
      clearInterval(sweep);
      await keeper.stop();
    },
    refusal: (id, limits) => registry.refusal(id, limits),
    admit: (id, limits, how) => registry.admit(id, limits, how),
    reset: (id) => registry.reset(id),
    restore: (accountIds) => keeper.restore(accountIds),
  };
}
