import type { SecuredStores } from './secured-stores.ts';

/** What the start of every store is given. */
export interface StoreContext {
  /** Port on 127.0.0.1 to listen on. */
  port: number;
  /** An empty folder of its own; it is removed when the stack stops. */
  dataDir: string;
  /** Start-up speed before durability and peak throughput. */
  quick: boolean;
  /** Told what takes long (downloads, installations). */
  progress: (line: string) => void;
  /** Aborted when the stack is to stop before it is up. */
  signal: AbortSignal;
  /** Its certificate and who may do what; open to everybody without. */
  secured?: SecuredStores;
}
