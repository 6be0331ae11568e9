import { tmpdir } from 'node:os';
import type { KeyAndCertificate } from '../certificate.ts';
import { freePort } from './free-port.ts';
import { POSTGRES_USER } from './postgres-settings.ts';
import { findServer } from './redis.ts';
import { findOnPath, runCommand } from './run-command.ts';
import type { KafkaListener, Login, SecuredKafka, SecuredStores } from './secured-stores.ts';
import { startKeeper } from './start-stack.ts';
import type { StoreName } from './stores.ts';

/** A store with TLS and logins that runs as a process on this machine and belongs to a keeper. */
interface SecuredStore extends AsyncDisposable {
  stop: () => Promise<void>;
}

export interface RunningSecuredKafka extends SecuredStore {
  /** `host:port` of each listener; on `open` and `tls`, every client may do everything. */
  brokers: Record<KafkaListener | 'open', string>;
}

/** Starts a secured Kafka. @throws Error that names what is missing on this machine and how to install it */
export async function startSecuredKafka(
  options: Pick<SecuredKafka, 'users' | 'clientCa' | 'auditFile'> & { server: KeyAndCertificate },
): Promise<RunningSecuredKafka> {
  const { server, ...kafka } = options;
  const ports = {
    tls: await freePort(),
    mutualTls: await freePort(),
    saslTls: await freePort(),
    sasl: await freePort(),
  };
  const { port, ...store } = await startOne('kafka', { server, kafka: { ...kafka, ports } });
  const address = (one: number): string => `127.0.0.1:${one}`;
  return {
    ...store,
    brokers: {
      open: address(port),
      tls: address(ports.tls),
      mutualTls: address(ports.mutualTls),
      saslTls: address(ports.saslTls),
      sasl: address(ports.sasl),
    },
  };
}

/** Starts a Postgres that accepts passwords over TLS only. Create databases and roles as `superuser`. */
export async function startSecuredPostgres(options: {
  server: KeyAndCertificate;
  superuserPassword: string;
}): Promise<SecuredStore & { port: number; superuser: Login }> {
  const { server, superuserPassword } = options;
  const store = await startOne('postgres', { server, postgres: { superuserPassword } });
  return { ...store, superuser: { name: POSTGRES_USER, password: superuserPassword } };
}

/** Starts a secured Redis. @param options.users rules as in an ACL file: `name on >password ~prefix* +get` */
export async function startSecuredRedis(options: {
  server: KeyAndCertificate;
  users: string[];
}): Promise<SecuredStore & { port: number }> {
  const { server, users } = options;
  return startOne('redis', { server, redis: { users } });
}

async function startOne(name: StoreName, secured: SecuredStores): Promise<SecuredStore & { port: number }> {
  const port = await freePort();
  const { stop } = await startKeeper({
    ports: { [name]: port },
    way: 'native',
    containers: 'testcontainers',
    quick: true,
    dataRoot: tmpdir(),
    secured,
  });
  return { port, stop, [Symbol.asyncDispose]: stop };
}

/**
 * Returns why a secured Kafka, which always runs as a process, cannot be started on this machine; undefined if Java is
 * installed.
 */
export function whyNoSecuredKafka(): string | undefined {
  if (process.env['JAVA_HOME'] || findOnPath('java') !== undefined) return undefined;
  return 'there is no Java on the PATH';
}

/**
 * Returns why a secured Redis cannot be started on this machine; undefined if it can be, or if redis-server is not
 * installed yet.
 */
export async function whyNoSecuredRedis(): Promise<string | undefined> {
  const program = findServer();
  if (program === undefined) return undefined;
  // The server exits at the first invalid setting: the TLS port if it was built without TLS, otherwise the folder.
  const ended = runCommand(program, ['--tls-port', '0', '--port', '0', '--dir', '/nowhere'], {
    argv0: 'redis-server',
  });
  const output = await ended.catch((error: unknown) => String(error));
  return output.includes('tls-port') && output.includes('Bad directive')
    ? `${program} was built without TLS`
    : undefined;
}
