import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../seeded-random.ts';
import type { Engine, RequestOptions } from './engine.ts';
import type { Targets } from './targets.ts';

/** Executions that were asked for together. */
export interface Batch {
  /** How many of them have no outcome yet. */
  open(): number;
  /** Resolves when all have their outcome, with true, or when that takes too long, with false. */
  ended(deadlineMs: number): Promise<boolean>;
}

export interface BatchOptions extends Pick<RequestOptions, 'expiresInMs'> {
  executions: number;
  ratePerSecond: number;
}

const TICK_MS = 10;

/** Asks for so many executions, so many a second; resolves when Kafka has them all. */
export async function askFor(
  { engine, targets, loadRandom }: { engine: Engine; targets: Pick<Targets, 'draw'>; loadRandom: Random },
  { executions, ratePerSecond, ...options }: BatchOptions,
): Promise<Batch> {
  const startedAt = Date.now();
  const asking: Promise<unknown>[] = [];
  let open = executions;
  const all = Promise.withResolvers<true>();
  const one = async (): Promise<void> => {
    const { ended } = await engine.request(targets.draw(loadRandom), options);
    void ended.then(() => {
      open--;
      if (open === 0) all.resolve(true);
    });
  };
  while (asking.length < executions) {
    const due = Math.min(executions, ((Date.now() - startedAt) / 1_000) * ratePerSecond);
    while (asking.length < due) asking.push(one());
    await sleep(TICK_MS);
  }
  await Promise.all(asking);
  return {
    open: () => open,
    ended: (deadlineMs) => Promise.race([all.promise, sleep(deadlineMs, false)]),
  };
}
