import { createApiMetrics } from '@hookline/config-api/api-metrics';
import { createEndpointStateMetrics } from '@hookline/dispatcher/admission/endpoint-state/endpoint-state-metrics';
import { createDispatcherMetrics } from '@hookline/dispatcher/metrics';
import { createIngestMetrics } from '@hookline/log-ingestor/ingest/ingest-metrics';
import { createSchedulerMetrics } from '@hookline/retry-scheduler/scheduler-metrics';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { createKafkaClient, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { LaneConsumer } from '@hookline/shared/kafka/consume/lane-consumer';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics, type Metrics } from '@hookline/shared/runtime/metrics';
import { createEvaluations } from '@hookline/webhook-call/evaluation/pool/create-evaluations';
import { code, codes, markdownPage, prose, table } from '../markdown.ts';
import { METRIC_ALERTS } from './metric-alerts.ts';

export interface MetricEntry {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
}

/** Dependencies of components that create metrics; none of them connects before it is started. */
const logger = createLogger('reference', 'silent');
const client: KafkaClient = createKafkaClient(
  { logger },
  { brokers: ['localhost:9092'], prefix: '', partitions: 1, clientId: 'reference' },
);
const none = (): number => 0;

/** Of services that evaluate what tenants configure and are answered. */
function evaluating(metrics: Metrics): void {
  const accounting = { begin: none, end: none };
  const guard = { judgeHost: () => null };
  createEvaluations({ guard, accounting, metrics, logger }, { userAgent: '', threads: 1 });
}

/** Creates the metrics of each service, as its `compose.ts` does. */
const SERVICES: Readonly<Record<string, (metrics: Metrics) => void>> = {
  dispatcher: (metrics) => {
    const levels = () => ({ count: 0, packedBytes: 0, hotBytes: 0 });
    createDispatcherMetrics(metrics).watch({
      inFlight: none,
      waiting: none,
      unfinished: none,
      definitions: levels,
    });
    createEndpointStateMetrics(metrics).watch({ known: none, notClosed: none });
    evaluating(metrics);
    publishing(metrics);
  },
  'retry-scheduler': (metrics) => {
    createSchedulerMetrics(metrics);
    void new LaneConsumer(
      { client, metrics, handle: () => Promise.resolve({ moved: 0, heldUntil: null }) },
      { group: '', topics: [], fetchWaitMs: 0 },
    );
    publishing(metrics);
  },
  'log-ingestor': (metrics) => {
    createIngestMetrics(metrics);
    publishing(metrics);
  },
  'config-api': (metrics) => {
    createApiMetrics(metrics);
    evaluating(metrics);
    void new Publisher({ client, metrics });
  },
};

/** Creates the metrics of publishing events and dead letters. */
function publishing(metrics: Metrics): DeadLetters {
  return new DeadLetters({
    publisher: new Publisher({ client, metrics }),
    metrics,
    logger,
    now: Date.now,
  });
}

/** Renders docs/reference/metrics.md: every metric of every service. */
export function renderMetrics(): Promise<string> {
  const sections = Object.entries(metricsByService()).flatMap(([service, entries]) => [
    `## ${service}`,
    table(['Metric', 'Type', 'Labels', 'Meaning', 'Alert when'], entries.map(row)),
  ]);
  return markdownPage([
    '# Metrics',
    'Written by `npm run reference` from the metrics that each service registers; a test compares.',
    'Every service serves `GET /metrics` in the Prometheus text format, without authentication. All metrics have the ' +
      'label `service`. The default metrics of Node.js (`process_*`, `nodejs_*`) are included; alert when ' +
      '`nodejs_eventloop_lag_p99_seconds` stays above 0.2. Times are in seconds. No label contains an account, a URL or ' +
      'any other text that a customer chooses. The thresholds below are starting points.',
    ...sections,
  ]);
}

/** Returns the metrics of each service, in the order in which they are created. */
export function metricsByService(): Record<string, MetricEntry[]> {
  return Object.fromEntries(Object.entries(SERVICES).map(([service, create]) => [service, record(create)]));
}

/** Returns the metrics that `create` registers. */
function record(create: (metrics: Metrics) => void): MetricEntry[] {
  const entries: MetricEntry[] = [];
  const real = createMetrics('reference');
  create({
    registry: real.registry,
    counter: (name, help, labels = []) => {
      entries.push({ name, type: 'counter', help, labels });
      return real.counter(name, help, labels);
    },
    gauge: (name, help, read) => {
      entries.push({ name, type: 'gauge', help, labels: [] });
      return real.gauge(name, help, read);
    },
    histogram: (name, help, options) => {
      entries.push({ name, type: 'histogram', help, labels: options.labels ?? [] });
      return real.histogram(name, help, options);
    },
  });
  return entries;
}

function row({ name, type, help, labels }: MetricEntry): string[] {
  return [code(name), type, codes(labels), prose(`${help}.`), prose(METRIC_ALERTS[name] ?? '')];
}
