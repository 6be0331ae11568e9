import type { Container } from 'dockerode';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import type { StoreContext } from './store-context.ts';
import type { StoreProcess } from './store-process.ts';
import { createTail } from './tail.ts';

/** The same time limit as for a store process; it need not include a download, because images are pulled beforehand. */
const READY_DEADLINE_MS = 90_000;
const TAIL_LINES = 40;

/** Description of one store's container. */
interface StoreRecipe {
  /** Name for messages: `Kafka`, `Postgres`, `Redis`. */
  name: string;
  image: string;
  /** Port on which the store listens in the container. */
  port: number;
  command?: string[];
  environment?: Record<string, string>;
  /** Folder of the store's data in the container; in memory if start-up speed is preferred to durability. */
  dataDir: string;
  /** Id of the user and group that own this folder, unless the image sets the owner itself. */
  dataOwner?: number;
  /** Line of output that reports that the store accepts connections, and the number of times that it must appear. */
  readyLine: RegExp;
  readyLines?: number;
}

class StoreContainer extends GenericContainer {
  /** Set when the container is created, so that the id is known even if the container never runs. */
  id: string | undefined;

  /** Publishes the ports only on the loopback interface, because these stores require no password. */
  protected override async beforeContainerCreated(): Promise<void> {
    const bindings = (this.hostConfig.PortBindings ?? {}) as Record<string, { HostIp?: string }[]>;
    for (const binding of Object.values(bindings).flat()) binding.HostIp = '127.0.0.1';
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.id = id;
  }
}

/**
 * Starts a store in its own container on `context.port` and waits until it reports that it is ready. The calling
 * process owns the container, and nothing else removes it.
 * @throws Error with the store's last lines if it ends, or is not ready within 90 s; the container has then been
 *   removed
 */
export async function startStoreContainer(recipe: StoreRecipe, context: StoreContext): Promise<StoreProcess> {
  const { name, image, dataDir, dataOwner = 0, readyLine, readyLines = 1 } = recipe;
  const { signal } = context;
  signal.throwIfAborted();
  const client = await getContainerRuntimeClient();
  const tail = createTail(TAIL_LINES);
  const container = new StoreContainer(image)
    .withExposedPorts({ container: recipe.port, host: context.port })
    .withEnvironment(recipe.environment ?? {})
    .withCommand(recipe.command ?? [])
    .withTmpFs(context.quick ? { [dataDir]: `rw,uid=${dataOwner},gid=${dataOwner}` } : {})
    .withAutoCleanup(false)
    .withLogConsumer((log) => log.on('data', tail.add))
    .withWaitStrategy(Wait.forLogMessage(readyLine, readyLines))
    .withStartupTimeout(READY_DEADLINE_MS);
  const lastLines = (): string => `Its last lines:\n${tail.text()}`;

  const remove = async (): Promise<void> => {
    if (container.id !== undefined) await forceRemove(client.container.getById(container.id));
  };
  // Removing the container ends the wait for its ready line.
  const onAbort = (): void => void remove();
  signal.addEventListener('abort', onAbort);
  try {
    await container.start();
    signal.throwIfAborted();
  } catch (cause) {
    await remove();
    signal.throwIfAborted();
    throw new Error(`${name} did not start in a container of ${image}. ${lastLines()}`, { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  const exit = client.container.getById(container.id ?? '').wait() as Promise<{ StatusCode: number }>;
  const ended = exit.then(({ StatusCode }) => `${name} ended with ${StatusCode}. ${lastLines()}`);
  return { ended, stop: remove };
}

/** Kills a container and removes it with its volumes, whatever its state; does nothing if it does not exist. */
async function forceRemove(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    // 404: the container does not exist. 409: it is already being removed.
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
