import { randomBytes } from 'node:crypto';
import type { BenchContext } from '../bench-context.ts';
import type { WatchedProcess } from '../machine/usage.ts';
import { isolateStores, type IsolatedStores } from './isolated-stores.ts';
import type { Project } from './project.ts';
import { startBuiltService, type Service, type ServiceName } from './service.ts';

const ALL_SERVICES: readonly ServiceName[] = ['config-api', 'dispatcher', 'retry-scheduler', 'log-ingestor'];

/** Running services of a checkout, with their own topics and database. */
export interface Deployment extends AsyncDisposable {
  project: Project;
  isolated: IsolatedStores;
  services: readonly Service[];
  adminKey: string;
  /** Services first, then the stores, which all deployments share. */
  processes: readonly WatchedProcess[];
}

/** Returns the settings that the services need; all others keep their defaults. */
export function serviceEnvironment(
  { stack, sink }: Pick<BenchContext, 'stack' | 'sink'>,
  { client, databaseUrl }: IsolatedStores,
): Record<string, string> {
  return {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    HOOKLINE_TOPIC_PREFIX: client.prefix,
    HOOKLINE_PARTITIONS: String(client.partitions),
    DATABASE_URL: databaseUrl,
    REDIS_URL: stack.redisUrl,
    HOOKLINE_MASTER_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    HOOKLINE_ADMIN_KEY: randomBytes(32).toString('base64url'),
    // Otherwise, the services would refuse stores with the published passwords.
    HOOKLINE_LOCAL: '1',
    HOOKLINE_ALLOWED_DESTINATIONS: sink.address,
  };
}

export async function startDeployment(
  context: BenchContext,
  project: Project,
  names: readonly ServiceName[] = ALL_SERVICES,
): Promise<Deployment> {
  await using starting = new AsyncDisposableStack();
  const isolated = starting.use(await isolateStores(context.stack));
  const env = serviceEnvironment(context, isolated);
  const started = await Promise.allSettled(
    names.map((name) => startBuiltService(project, { name, env, logDir: context.logDir })),
  );
  const services = started.flatMap((one) => (one.status === 'fulfilled' ? [starting.use(one.value)] : []));
  const failure = started.find((one) => one.status === 'rejected');
  if (failure) throw failure.reason;
  const running = starting.move();
  return {
    project,
    isolated,
    services,
    adminKey: env['HOOKLINE_ADMIN_KEY'] ?? '',
    processes: [...services.map(({ process }) => process), ...context.stores],
    // Stops the services concurrently, because each may drain for a while.
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
