import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent, ProcessEvent } from '../checker/history-event.ts';
import { readMetric } from './read-metric.ts';
import { startService, type ServiceName, type ServiceProcess } from './service-process.ts';

/** The services of a fault run, by place: `dispatcher-1`, `dispatcher-2`, `retry-scheduler`, `log-ingestor`. */
export interface Fleet {
  /** Places where a service runs now, in the order of their names. */
  places(): string[];
  /** Starts a service at a place; it is not ready yet. */
  launch(place: string, env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Starts a service at a place; resolves when it is ready. */
  start(place: string, env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** SIGKILL; resolves when it is gone. */
  kill(place: string): Promise<void>;
  /** SIGTERM; resolves when it has drained and is gone. */
  stop(place: string): Promise<void>;
  /** SIGTERM to what will not live to the end of its stop. */
  askToStop(place: string): void;
  /** SIGSTOP. */
  freeze(place: string): void;
  /** SIGCONT. */
  thaw(place: string): void;
  /** Resolves when what runs there has worked: made a call, moved a wait, stored a record. */
  worked(place: string): Promise<void>;
  /** Waits until what runs there has died at its fault point. */
  died(place: string): Promise<void>;
  /** Sum of a metric over all that run. */
  sum(service: ServiceName, metric: string): Promise<number>;
  /** Every log so far, also of those that are gone, by name of the process. */
  logs(): ReadonlyMap<string, { service: ServiceName; path: string }>;
  stopAll(): Promise<void>;
}

/** What a service counts when it works. */
const WORK: Record<ServiceName, string> = {
  dispatcher: 'hookline_attempts_total',
  'retry-scheduler': 'hookline_lane_hops_total',
  'log-ingestor': 'hookline_ingest_records_total',
};
const POLL_MS = 50;
const WORK_DEADLINE_MS = 90_000;

export interface FleetOptions {
  env: Readonly<Record<string, string>>;
  logDir: string;
  /** Told what becomes of dispatchers. */
  note: (event: HistoryEvent) => void;
}

/** The service of a place: its name without the number. */
export function serviceAt(place: string): ServiceName {
  return place.replace(/-\d+$/, '') as ServiceName;
}

export function createFleet({ env, logDir, note }: FleetOptions): Fleet {
  const running = new Map<string, ServiceProcess>();
  const logs = new Map<string, { service: ServiceName; path: string }>();
  const starts = new Map<string, number>();

  const at = (place: string): ServiceProcess => {
    const process = running.get(place);
    if (!process) throw new Error(`nothing runs at ${place}`);
    return process;
  };
  const tell = (kind: ProcessEvent['kind'], { name, service }: ServiceProcess, at = Date.now()): void => {
    if (service === 'dispatcher') note({ kind, process: name, at });
  };
  const end = async (place: string, signal: NodeJS.Signals): Promise<ServiceProcess> => {
    const process = at(place);
    process.signal(signal);
    // One that stands still would not hear it.
    process.signal('SIGCONT');
    await process.exited;
    running.delete(place);
    return process;
  };
  const launch: Fleet['launch'] = async (place, more = {}) => {
    const number = (starts.get(place) ?? 0) + 1;
    starts.set(place, number);
    const service = serviceAt(place);
    const name = `${place}.${number}`;
    const process = await startService({ service, name, env: { ...env, ...more }, logDir });
    running.set(place, process);
    logs.set(name, { service, path: process.logPath });
    return process;
  };
  const stop = async (place: string): Promise<void> => {
    tell('stopped', await end(place, 'SIGTERM'));
  };

  return {
    places: () => [...running.keys()].sort(),
    launch,
    start: async (place, more) => {
      const process = await launch(place, more);
      await process.ready();
      return process;
    },
    kill: async (place) => {
      tell('killed', at(place));
      await end(place, 'SIGKILL');
    },
    stop,
    askToStop: (place) => at(place).signal('SIGTERM'),
    freeze: (place) => {
      tell('frozen', at(place));
      at(place).signal('SIGSTOP');
    },
    thaw: (place) => {
      tell('thawed', at(place));
      at(place).signal('SIGCONT');
    },
    worked: async (place) => {
      const { url, service, name } = at(place);
      const before = await readMetric(url, WORK[service]);
      for (const deadline = Date.now() + WORK_DEADLINE_MS; ; await sleep(POLL_MS)) {
        if ((await readMetric(url, WORK[service])) > before) return;
        if (Date.now() > deadline) throw new Error(`${name} has done nothing in ${WORK_DEADLINE_MS} ms`);
      }
    },
    died: async (place) => {
      const process = at(place);
      const diedAt = await process.faultAt;
      tell('killed', process, diedAt);
      await process.exited;
      running.delete(place);
    },
    sum: async (service, metric) => {
      const those = [...running.values()].filter((process) => process.service === service);
      const values = await Promise.all(those.map(({ url }) => readMetric(url, metric)));
      return values.reduce((sum, value) => sum + value, 0);
    },
    logs: () => logs,
    stopAll: async () => {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}
