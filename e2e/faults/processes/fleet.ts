import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from '@hookline/testkit/service-process';
import type { HistoryEvent, ProcessEvent } from '../checker/history-event.ts';
import { startFromSources } from '@hookline/testkit/source-process';
import { readMetric, readMetrics } from './read-metric.ts';
import { type FleetProcess, type ServiceName, startFleetProcess } from './service-process.ts';

/** Options of one start of a service. */
interface StartOptions {
  /** Settings in addition to those of the fleet. */
  env?: Readonly<Record<string, string>>;
  /** Root of the sources that the service runs from; by default the sources of this commit. */
  release?: string;
}

/**
 * The services of a fault run, by place: `dispatcher-1`, `dispatcher-2`, `retry-scheduler`, `log-ingestor`,
 * `config-api`.
 */
export interface Fleet {
  /** Settings for all services. */
  readonly env: Readonly<Record<string, string>>;
  /** Places at which a service is running, sorted by name. */
  places(): string[];
  /** Starts a service at a place without waiting until it is ready. */
  launch(place: string, options?: StartOptions): Promise<FleetProcess>;
  /** Starts a service at a place; resolves when it is ready. */
  start(place: string, options?: StartOptions): Promise<FleetProcess>;
  /** Runs a command of a service to its end, with the settings of the fleet; returns its exit code. */
  command(
    service: ServiceName,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<number | null>;
  /** Sends SIGKILL; resolves when the process has exited. */
  kill(place: string): Promise<void>;
  /** Sends SIGTERM; resolves when the process has drained and exited. */
  stop(place: string): Promise<void>;
  /** Sends SIGTERM to a process that should die at a fault point while it stops. */
  askToStop(place: string): void;
  /** Sends SIGSTOP. */
  freeze(place: string): void;
  /** Sends SIGCONT. */
  thaw(place: string): void;
  /** Resolves at the next work of the process at `place`: a call, a moved wait, or a stored or published record. */
  untilWorked(place: string): Promise<void>;
  /** Resolves when the process at `place` has died at its fault point. */
  untilDied(place: string): Promise<void>;
  /** Sums a metric over all running processes of a service. */
  sum(service: ServiceName, metric: string): Promise<number>;
  /** Reads the metrics of all running processes of a service, in the text format of Prometheus. */
  metrics(service: ServiceName): Promise<string[]>;
  /** Processes that ended without being killed or stopped, each with its exit code or signal. */
  unexpectedEnds(): readonly string[];
  /** Every log so far, including those of processes that have exited, keyed by process name. */
  logs(): ReadonlyMap<string, { service: ServiceName; path: string }>;
  stopAll(): Promise<void>;
}

/** Metric that rises when a service does work. */
const WORK: Record<ServiceName, string> = {
  dispatcher: 'hookline_attempts_total',
  'retry-scheduler': 'hookline_lane_hops_total',
  'log-ingestor': 'hookline_ingest_records_total',
  'config-api': 'hookline_outbox_published_total',
};
const POLL_MS = 50;
const WORK_DEADLINE_MS = 90_000;

export interface FleetOptions {
  env: Readonly<Record<string, string>>;
  logDir: string;
  /** Receives the state changes of dispatchers. */
  note: (event: HistoryEvent) => void;
}

/** Returns the service that runs at a place: the name of the place without its number. */
export function serviceAt(place: string): ServiceName {
  return place.replace(/-\d+$/, '') as ServiceName;
}

export function createFleet({ env, logDir, note }: FleetOptions): Fleet {
  const running = new Map<string, FleetProcess>();
  const logs = new Map<string, { service: ServiceName; path: string }>();
  const starts = new Map<string, number>();
  const ending = new Set<ServiceProcess>();
  const unexpectedEnds: string[] = [];

  const at = (place: string): FleetProcess => {
    const found = running.get(place);
    if (!found) throw new Error(`no service runs at ${place}`);
    return found;
  };
  const noteChange = (
    kind: ProcessEvent['kind'],
    { process, service }: FleetProcess,
    at = Date.now(),
  ): void => {
    if (service === 'dispatcher') note({ kind, process: process.name, at });
  };
  const end = async (place: string, signal: NodeJS.Signals): Promise<FleetProcess> => {
    const found = at(place);
    ending.add(found.process);
    found.process.signal(signal);
    // Thaws a frozen process, which would not react to SIGTERM.
    found.process.signal('SIGCONT');
    await found.process.ended;
    running.delete(place);
    return found;
  };
  const launch: Fleet['launch'] = async (place, { env: more = {}, ...release } = {}) => {
    const number = (starts.get(place) ?? 0) + 1;
    starts.set(place, number);
    const service = serviceAt(place);
    const name = `${place}.${number}`;
    const launched = await startFleetProcess({
      service,
      name,
      env: { ...env, ...more },
      logDir,
      ...release,
    });
    running.set(place, launched);
    logs.set(name, { service, path: launched.process.logPath });
    void launched.process.ended.then((how) => {
      if (!ending.has(launched.process)) unexpectedEnds.push(`${name} ${how}`);
    });
    return launched;
  };
  const stop = async (place: string): Promise<void> => {
    noteChange('stopped', await end(place, 'SIGTERM'));
  };

  return {
    env,
    places: () => [...running.keys()].sort(),
    launch,
    start: async (place, options) => {
      const launched = await launch(place, options);
      await launched.process.ready();
      return launched;
    },
    command: async (service, args, more = {}) => {
      const main = `services/${service}/src/main.ts`;
      const program = startFromSources({
        main,
        args,
        env: { ...env, ...more },
        stdout: 'ignore',
        stderr: 'inherit',
      });
      return (await program.ended).code;
    },
    kill: async (place) => {
      noteChange('killed', at(place));
      await end(place, 'SIGKILL');
    },
    stop,
    askToStop: (place) => {
      ending.add(at(place).process);
      at(place).process.signal('SIGTERM');
    },
    freeze: (place) => {
      noteChange('frozen', at(place));
      at(place).process.signal('SIGSTOP');
    },
    thaw: (place) => {
      noteChange('thawed', at(place));
      at(place).process.signal('SIGCONT');
    },
    untilWorked: async (place) => {
      const { service, process, operationsUrl } = at(place);
      const before = await readMetric(operationsUrl, WORK[service]);
      for (const deadline = Date.now() + WORK_DEADLINE_MS; ; await sleep(POLL_MS)) {
        if ((await readMetric(operationsUrl, WORK[service])) > before) return;
        if (Date.now() > deadline)
          throw new Error(`${process.name} did no work within ${WORK_DEADLINE_MS} ms`);
      }
    },
    untilDied: async (place) => {
      const found = at(place);
      ending.add(found.process);
      const diedAt = await found.faultAt;
      noteChange('killed', found, diedAt);
      await found.process.ended;
      running.delete(place);
    },
    sum: async (service, metric) => {
      const those = [...running.values()].filter((one) => one.service === service);
      const values = await Promise.all(those.map(({ operationsUrl }) => readMetric(operationsUrl, metric)));
      return values.reduce((sum, value) => sum + value, 0);
    },
    metrics: async (service) => {
      const those = [...running.values()].filter((one) => one.service === service);
      return Promise.all(those.map(({ operationsUrl }) => readMetrics(operationsUrl)));
    },
    unexpectedEnds: () => unexpectedEnds,
    logs: () => logs,
    stopAll: async () => {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}
