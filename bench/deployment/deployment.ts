import { randomBytes } from 'node:crypto';
import type { Setting } from '../setting.ts';
import type { WatchedProcess } from '../machine/usage.ts';
import { createPlace, type Place } from './place.ts';
import type { Project } from './project.ts';
import { startService, type Service, type ServiceName } from './service.ts';

const FOUR: readonly ServiceName[] = ['config-api', 'dispatcher', 'retry-scheduler', 'log-ingestor'];

/** Services of a checkout with topics and a database of their own. */
export interface Deployment extends AsyncDisposable {
  project: Project;
  place: Place;
  services: readonly Service[];
  adminKey: string;
  /** Services first, then the stores, which all deployments share. */
  processes: readonly WatchedProcess[];
}

/** Settings that the services need; everything else is at its default, as shipped. */
export function serviceEnvironment(
  { stack, sink }: Pick<Setting, 'stack' | 'sink'>,
  { client, databaseUrl }: Place,
): Record<string, string> {
  return {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    HOOKLINE_TOPIC_PREFIX: client.prefix,
    HOOKLINE_PARTITIONS: String(client.partitions),
    DATABASE_URL: databaseUrl,
    REDIS_URL: stack.redisUrl,
    HOOKLINE_MASTER_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    HOOKLINE_ADMIN_KEY: randomBytes(32).toString('base64url'),
    HOOKLINE_ALLOWED_DESTINATIONS: sink.address,
  };
}

export async function startDeployment(
  setting: Setting,
  project: Project,
  names: readonly ServiceName[] = FOUR,
): Promise<Deployment> {
  await using starting = new AsyncDisposableStack();
  const place = starting.use(await createPlace(setting.stack));
  const env = serviceEnvironment(setting, place);
  const started = await Promise.allSettled(
    names.map((name) => startService(project, { name, env, logDir: setting.logDir })),
  );
  const services = started.flatMap((one) => (one.status === 'fulfilled' ? [starting.use(one.value)] : []));
  const failure = started.find((one) => one.status === 'rejected');
  if (failure) throw failure.reason;
  const running = starting.move();
  return {
    project,
    place,
    services,
    adminKey: env['HOOKLINE_ADMIN_KEY'] ?? '',
    processes: [...services.map(({ process }) => process), ...setting.stores],
    // Disposing in turn would let each service drain alone.
    [Symbol.asyncDispose]: async () => {
      await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
      await running.disposeAsync();
    },
  };
}

export function serviceOf({ services }: Deployment, name: ServiceName): Service {
  const found = services.find(({ process }) => process.name === name);
  if (!found) throw new Error(`this deployment has no ${name}`);
  return found;
}
