import { createLogger } from '@hookline/shared/runtime/logger';
import { EvaluationPool, POOL_DEFAULTS, type PoolOptions } from '../evaluation/pool/evaluation-pool.ts';

/** An evaluation pool and the values that it reported. */
export interface TestPool extends AsyncDisposable {
  pool: EvaluationPool;
  /** CPU time by account, in ms. */
  charged: Map<string, number>;
  /** Number of evaluations that have begun but not ended, by account. */
  open: Map<string, number>;
  /** `kind result` of each evaluation. */
  results: string[];
}

export const TEST_AGENT = 'Hookline/test';

export function startPool(options: Partial<PoolOptions> = {}): TestPool {
  const charged = new Map<string, number>();
  const open = new Map<string, number>();
  const results: string[] = [];
  const add = (to: Map<string, number>, accountId: string, count: number): void =>
    void to.set(accountId, (to.get(accountId) ?? 0) + count);
  const pool = new EvaluationPool(
    {
      accounting: {
        begin: (accountId) => add(open, accountId, 1),
        end: (accountId, usedMs) => {
          add(open, accountId, -1);
          add(charged, accountId, usedMs);
        },
      },
      meter: { onLoop: () => undefined, inPool: (kind, result) => void results.push(`${kind} ${result}`) },
      logger: createLogger('test', 'silent'),
    },
    { ...POOL_DEFAULTS, size: 1, userAgent: TEST_AGENT, ...options },
  );
  return { pool, charged, open, results, [Symbol.asyncDispose]: () => pool.stop() };
}
