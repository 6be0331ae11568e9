import type { Logger } from '@hookline/shared/runtime/logger';
import type { Metrics } from '@hookline/shared/runtime/metrics';
import type { CompileOptions } from '../../request/compile-request.ts';
import { createEvaluationMeter } from '../evaluation-meter.ts';
import { Evaluations } from '../evaluations.ts';
import { type Accounting, EvaluationPool, POOL_DEFAULTS } from './evaluation-pool.ts';

interface EvaluationDeps extends Pick<CompileOptions, 'guard'> {
  accounting: Accounting;
  metrics: Metrics;
  logger: Logger;
}

interface EvaluationOptions extends Pick<CompileOptions, 'userAgent'> {
  /** Maximum number of threads in the worker pool. */
  threads: number;
}

/** Builds the evaluations of a service, and their pool, which must be stopped together with the service. */
export function createEvaluations(
  { guard, accounting, metrics, logger }: EvaluationDeps,
  { userAgent, threads }: EvaluationOptions,
): { pool: EvaluationPool; evaluations: Evaluations } {
  const meter = createEvaluationMeter(metrics);
  const pool = new EvaluationPool(
    { accounting, meter, logger },
    { ...POOL_DEFAULTS, userAgent, size: threads },
  );
  metrics.gauge(
    'hookline_pooled_evaluations_waiting',
    'Evaluations that wait for a worker thread',
    () => pool.waiting,
  );
  const evaluations = new Evaluations({ pool, meter }, { guard, userAgent });
  return { pool, evaluations };
}
