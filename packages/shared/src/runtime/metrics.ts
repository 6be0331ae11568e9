import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

/**
 * The metrics of one process. Names, except those of Node's default metrics, begin with `hookline_` and contain the
 * unit if there is one; each service declares its metrics in files named `…metrics.ts`.
 */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** @param read called on each scrape; returns the current value */
  gauge(name: string, help: string, read: () => number): Gauge;
  histogram<L extends string>(
    name: string,
    help: string,
    options: { buckets: number[]; labels?: readonly L[] },
  ): Histogram<L>;
}

/**
 * Creates metrics with a registry of their own. Call it once for each process (and each test).
 * @param options.ofProcess whether to include Node's default metrics (default true); pass false for a library in
 *   another program
 */
export function createMetrics(service: string, options: { ofProcess?: boolean } = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  // The default precision of 10 ms wakes the process 100 times per second, even if it is idle.
  if (options.ofProcess !== false) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  }
  const registers = [registry];
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers }),
    gauge: (name, help, read) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      }),
    histogram: (name, help, { buckets, labels = [] }) =>
      new Histogram({ name, help, buckets, labelNames: labels, registers }),
  };
}
