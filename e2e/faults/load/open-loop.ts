import type { Random } from '../seeded-random.ts';
import type { LoadEngine, RequestOptions, RequestTarget } from './engine.ts';

/** A load that runs until it is stopped. */
export interface Load {
  /** Stops requesting; rejects if a request failed. */
  stop(): Promise<void>;
}

interface OpenLoopDeps {
  engine: LoadEngine;
  targets: { draw(random: Random): RequestTarget };
  loadRandom: Random;
}

export interface OpenLoopOptions extends Pick<RequestOptions, 'expiresInMs'> {
  ratePerSecond: number;
  /** Share of the requests, from 0 to 1, that go to a wrong partition as if from a foreign producer. */
  misrouted?: number;
}

const TICK_MS = 10;

/**
 * Requests `ratePerSecond` executions per second, regardless of their outcomes. `stop` resolves when Kafka has
 * acknowledged every request.
 */
export function startOpenLoop(
  { engine, targets, loadRandom }: OpenLoopDeps,
  { ratePerSecond, misrouted = 0, ...options }: OpenLoopOptions,
): Load {
  const startedAt = Date.now();
  const requesting = new Set<Promise<unknown>>();
  const failure = Promise.withResolvers<never>();
  // `stop` reports a failure; until then nothing awaits this promise.
  failure.promise.catch(() => undefined);
  let requested = 0;
  const timer = setInterval(() => {
    for (const due = ((Date.now() - startedAt) / 1_000) * ratePerSecond; requested < due; requested++) {
      const target = targets.draw(loadRandom);
      const request = engine
        .request(target, { ...options, misrouted: loadRandom.next() < misrouted })
        .catch(failure.reject)
        .finally(() => requesting.delete(request));
      requesting.add(request);
    }
  }, TICK_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.race([Promise.all(requesting), failure.promise]);
    },
  };
}
