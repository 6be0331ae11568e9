import type { StackAddresses } from '@hookline/testkit/stack/start-stack';
import type { PreviousRelease } from '../processes/previous-release.ts';
import type { Broker } from '../stores/broker.ts';

/** `short` only proves that the run itself works; `full` injects the most faults. */
export type Size = 'short' | 'default' | 'full';

/** Context that all scenarios of a run share. */
export interface Setting {
  stack: StackAddresses;
  /** Null if the run does not own Kafka; scenarios that kill it cannot run then. */
  broker: Broker | null;
  /** Three brokers, for a scenario with `ownBrokers`; null for all other scenarios. */
  quorum: readonly Broker[] | null;
  /** The previous release; null if no scenario of the run needs it, or if it does not exist. */
  previous: PreviousRelease | null;
  seed: number;
  size: Size;
  /** Folder for results and histories. */
  outDir: string;
  /** Folder for logs and temporary files. */
  workDir: string;
  report: (line: string) => void;
}
