import type { Random } from '../seeded-random.ts';
import type { Engine, RequestOptions } from './engine.ts';
import type { Targets } from './targets.ts';

/** A load that runs until it is stopped. */
export interface Load {
  /** Asks for nothing more; resolves when Kafka has all that was asked for. */
  stop(): Promise<void>;
}

export interface OpenLoopOptions extends Pick<RequestOptions, 'expiresInMs'> {
  ratePerSecond: number;
  /** Share of the requests that a foreign producer puts into another partition. */
  misrouted?: number;
}

const TICK_MS = 10;

/** Asks for so many executions a second, whatever becomes of them. */
export function startOpenLoop(
  { engine, targets, loadRandom }: { engine: Engine; targets: Pick<Targets, 'draw'>; loadRandom: Random },
  { ratePerSecond, misrouted = 0, ...options }: OpenLoopOptions,
): Load {
  const startedAt = Date.now();
  const asking = new Set<Promise<unknown>>();
  const failure = Promise.withResolvers<never>();
  // Told by `stop`; until then it is nobody's.
  failure.promise.catch(() => undefined);
  let asked = 0;
  const timer = setInterval(() => {
    for (const due = ((Date.now() - startedAt) / 1_000) * ratePerSecond; asked < due; asked++) {
      const definition = targets.draw(loadRandom);
      const request = engine
        .request(definition, { ...options, misrouted: loadRandom.next() < misrouted })
        .catch(failure.reject)
        .finally(() => asking.delete(request));
      asking.add(request);
    }
  }, TICK_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.race([Promise.all(asking), failure.promise]);
    },
  };
}
