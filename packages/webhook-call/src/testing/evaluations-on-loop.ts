import type { CompileOptions } from '../request/compile-request.ts';
import { Evaluations } from '../evaluation/evaluations.ts';
import { TEST_AGENT } from './start-pool.ts';

/** Builds an `Evaluations` that has no pool and therefore rejects every input that is too large for the event loop. */
export function evaluationsOnLoop({ guard }: Pick<CompileOptions, 'guard'>): Evaluations {
  const pool = { run: () => Promise.reject(new Error('this test has no evaluation pool')) };
  const meter = { onLoop: () => undefined, inPool: () => undefined };
  return new Evaluations({ pool, meter }, { guard, userAgent: TEST_AGENT });
}
