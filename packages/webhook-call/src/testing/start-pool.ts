import { createLogger } from '@hookline/shared/runtime/logger';
import { EvaluationPool, POOL_DEFAULTS, type PoolOptions } from '../evaluation/pool/evaluation-pool.ts';

/** An evaluation pool and the values that it reported. */
export interface TestPool extends AsyncDisposable {
  pool: EvaluationPool;
  /** CPU time by account, in ms. */
  charged: Map<string, number>;
  /** `kind result` of each evaluation. */
  results: string[];
}

export const TEST_AGENT = 'Hookline/test';

export function startPool(options: Partial<PoolOptions> = {}): TestPool {
  const charged = new Map<string, number>();
  const results: string[] = [];
  const pool = new EvaluationPool(
    {
      accounting: {
        begin: (accountId) => void charged.set(accountId, charged.get(accountId) ?? 0),
        end: (accountId, usedMs) => void charged.set(accountId, (charged.get(accountId) ?? 0) + usedMs),
      },
      meter: { onLoop: () => undefined, inPool: (kind, result) => void results.push(`${kind} ${result}`) },
      logger: createLogger('test', 'silent'),
    },
    { ...POOL_DEFAULTS, size: 1, userAgent: TEST_AGENT, ...options },
  );
  return { pool, charged, results, [Symbol.asyncDispose]: () => pool.stop() };
}
