import type { CompileOptions } from '../request/compile-request.ts';
import { Evaluations } from '../evaluation/evaluations.ts';
import { TEST_AGENT } from './start-pool.ts';

/** Builds evaluations only for small inputs; there is no pool for large ones. */
export function evaluationsOnLoop({ guard }: Pick<CompileOptions, 'guard'>): Evaluations {
  const pool = { run: () => Promise.reject(new Error('this test has no evaluation pool')) };
  const meter = { onLoop: () => undefined, inPool: () => undefined };
  return new Evaluations({ pool, meter }, { guard, userAgent: TEST_AGENT });
}
