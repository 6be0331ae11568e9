import type { StackAddresses } from '@hookline/testkit/stack/start-stack';
import type { PreviousRelease } from '../processes/previous-release.ts';
import type { Broker } from '../stores/broker.ts';

/** `short` proves that the run itself works; `full` takes as many faults as the issue asks for. */
export type Size = 'short' | 'default' | 'full';

/** What every scenario of a run shares. */
export interface Setting {
  stack: StackAddresses;
  /** Null where the run does not own Kafka: scenarios that kill it cannot be played then. */
  broker: Broker | null;
  /** Three brokers, for a scenario that has them for its own; null for all others. */
  quorum: readonly Broker[] | null;
  /** The release before this one; null if no scenario of the run needs it, or there is none. */
  previous: PreviousRelease | null;
  seed: number;
  size: Size;
  /** Where results and histories go. */
  outDir: string;
  /** Where logs and what is only needed meanwhile go. */
  workDir: string;
  report: (line: string) => void;
}
