import type { SecuredStores } from './secured-stores.ts';

/** Input for starting a store. */
export interface StoreContext {
  /** Port on 127.0.0.1 to listen on. */
  port: number;
  /** Empty folder for the store; removed when the stack stops. */
  dataDir: string;
  /** Whether to prefer start-up speed to durability and peak throughput. */
  quick: boolean;
  /** Called with lines about slow steps (downloads, installations). */
  progress: (line: string) => void;
  /** Aborted if the stack must stop before its start is complete. */
  signal: AbortSignal;
  /** Security of the stores; a store that it does not name requires no authentication. */
  secured?: SecuredStores;
}
