import type { SecuredStores } from './secured-stores.ts';
import type { StoreName } from './stores.ts';

/**
 * Source of containers. `testcontainers`: throwaway containers, with their data in memory if `quick` is set; `compose`:
 * docker-compose.yml.
 */
export type ContainerSource = 'compose' | 'testcontainers';

/** Instructions to the keeper, passed as JSON in its first argument. */
export interface KeeperOrder {
  /** If undefined, the keeper uses containers if a Docker engine can run them, and otherwise processes. */
  way: 'docker' | 'native' | undefined;
  /** Source of the containers, if containers are used. */
  containers: ContainerSource;
  /** The stores to start; a port of 0 means any free port. */
  ports: Partial<Record<StoreName, number>>;
  quick: boolean;
  /** Parent of the folder that the keeper creates for the stack's data and removes at the end. */
  dataRoot: string;
  /** Secures the stores that it names; supported only for processes. */
  secured?: SecuredStores;
}

/** Messages that the keeper writes to its standard output, one JSON object per line. */
export type KeeperMessage =
  | { kind: 'progress'; line: string }
  /** All stores accept connections. */
  | { kind: 'ready'; addresses: Partial<Record<StoreName, string>> }
  /** The stack could not be started, or one of its stores ended; the keeper then stops the others and exits. */
  | { kind: 'failed'; message: string };
