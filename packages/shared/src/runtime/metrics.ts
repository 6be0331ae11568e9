import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** The metrics of one process. Names start with `hookline_`, carry their unit, and stand in one catalogue a service. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** A level that is read whenever somebody looks at the metrics. */
  gauge(name: string, help: string, read: () => number): Gauge;
  histogram<L extends string>(
    name: string,
    help: string,
    options: { buckets: number[]; labels?: readonly L[] },
  ): Histogram<L>;
}

/** A registry of its own for each process (and each test), with Node's default metrics. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  // The default precision of 10 ms wakes the process a hundred times a second, idle or not.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
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
