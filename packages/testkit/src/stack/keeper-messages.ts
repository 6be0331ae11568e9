import type { SecuredStores } from './secured-stores.ts';
import type { StoreName } from './stores.ts';

/** `testcontainers`: throwaway ones with their data in memory; `compose`: those of docker-compose.yml. */
export type ContainerSource = 'compose' | 'testcontainers';

/** What the keeper is told, as JSON in its first argument. */
export interface KeeperOrder {
  /** Undefined: containers where a Docker engine can run them, else processes. */
  way: 'docker' | 'native' | undefined;
  /** Which containers. */
  containers: ContainerSource;
  /** The stores to start; a port of 0 means any free one. */
  ports: Partial<Record<StoreName, number>>;
  quick: boolean;
  /** Folder in which the data live while the stack runs. */
  dataRoot: string;
  /** Secures the stores that it names; only as processes. */
  secured?: SecuredStores;
}

/** What the keeper says on its standard output, one JSON object a line. */
export type KeeperMessage =
  | { kind: 'progress'; line: string }
  /** All stores take connections. */
  | { kind: 'ready'; addresses: Partial<Record<StoreName, string>> }
  /** The stack could not be started, or one of its stores ended; the keeper then stops the others and exits. */
  | { kind: 'failed'; message: string };
