import type { Random } from '../seeded-random.ts';
import type { LoadEngine } from './engine.ts';
import type { Load } from './open-loop.ts';
import type { Targets } from './targets.ts';

/** Keeps `outstanding` executions in progress: requests another execution whenever an execution ends. */
export function startClosedLoop(
  { engine, targets, loadRandom }: { engine: LoadEngine; targets: Pick<Targets, 'draw'>; loadRandom: Random },
  { outstanding }: { outstanding: number },
): Load {
  const stopping = new AbortController();
  let failure: Error | undefined;
  const one = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { ended } = await engine.request(targets.draw(loadRandom));
      await ended;
    }
  };
  for (let i = 0; i < outstanding; i++) {
    one().catch((error: unknown) => {
      failure = new Error('the load generator could not request another execution', { cause: error });
    });
  }
  return {
    // Does not wait for outstanding executions, so that the run can report an execution that never ends.
    stop: async () => {
      stopping.abort();
      if (failure) throw failure;
    },
  };
}
