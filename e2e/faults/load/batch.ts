import { setTimeout as sleep } from 'node:timers/promises';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { Random } from '../seeded-random.ts';
import type { LoadEngine, RequestOptions } from './engine.ts';
import type { Targets } from './targets.ts';

/** Executions that were requested together. */
export interface Batch {
  /** Number of executions without an outcome. */
  open(): number;
  /** Resolves with true once all have their outcome, or with false after `deadlineMs`. */
  ended(deadlineMs: number): Promise<boolean>;
}

export interface BatchOptions extends Pick<RequestOptions, 'expiresInMs'> {
  executions: number;
  ratePerSecond: number;
}

const TICK_MS = 10;

/** Requests `executions` at `ratePerSecond`; resolves when Kafka has acknowledged them all. */
export async function requestBatch(
  { engine, targets, loadRandom }: { engine: LoadEngine; targets: Pick<Targets, 'draw'>; loadRandom: Random },
  { executions, ratePerSecond, ...options }: BatchOptions,
): Promise<Batch> {
  const startedAt = Date.now();
  const requesting: Promise<unknown>[] = [];
  let open = executions;
  const all = Promise.withResolvers<true>();
  const one = async (): Promise<void> => {
    const { ended } = await engine.request(targets.draw(loadRandom), options);
    void ended.then(() => {
      open--;
      if (open === 0) all.resolve(true);
    });
  };
  while (requesting.length < executions) {
    const due = Math.min(executions, ((Date.now() - startedAt) / 1_000) * ratePerSecond);
    while (requesting.length < due) requesting.push(one());
    await sleep(TICK_MS);
  }
  await Promise.all(requesting);
  return {
    open: () => open,
    ended: (deadlineMs) => withTimeout(all.promise, deadlineMs, () => false),
  };
}
