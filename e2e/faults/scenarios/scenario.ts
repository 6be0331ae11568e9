import type { AccountSettings } from '@hookline/shared/contracts/events';
import type { Ledger } from '../checker/ledger.ts';
import type { TargetGroup } from '../load/target-groups.ts';
import type { Mix } from '../load/targets.ts';
import type { World } from './world.ts';

/** Findings from the run of a scenario; all other findings are in the history. */
export interface Course {
  /** Longest time from a fault until the affected part worked again, as the scenario defines it. */
  recoveryMs: number;
  /** Further figures, by name. */
  figures?: Record<string, number>;
  /** Broken guarantees that a history cannot show. */
  broken?: string[];
  /** Computes the figures and finds the broken guarantees that only the history shows. Pure. */
  measure?: (ledger: Ledger) => Measured;
}

/** Measured figures by name, and broken guarantees in words. */
export interface Measured {
  figures: Record<string, number>;
  broken: string[];
}

/** Accounts that all have the same mix of endpoints. */
interface EvenTargets {
  accounts: number;
  mix: Mix;
}

/** Accounts that differ from one another. */
interface GroupedTargets {
  groups: readonly TargetGroup[];
}

/** A load, and the faults that are injected under it, if any. */
export type Scenario = ScenarioPlan & (EvenTargets | GroupedTargets);

interface ScenarioPlan {
  name: string;
  /** Whether the scenario runs only if `--full` is given or the scenario is selected by name. */
  onlyFull?: boolean;
  /** Number of dispatchers at the beginning. */
  dispatchers: number;
  /** First retry wait in ms, if it is not a tenth of the wait in production. */
  baseWaitMs?: number;
  /** Whether the scenario needs its own Kafka with three brokers. */
  ownBrokers?: boolean;
  /** Limits of every account, if they are not the defaults. */
  limits?: Pick<AccountSettings, 'maxInFlight' | 'maxInFlightPerEndpoint'>;
  /** Whether the scenario starts with the services of the previous release; it is skipped if there is none. */
  startsFromPrevious?: boolean;
  /** Additional settings of the services. */
  env?: Readonly<Record<string, string>>;
  play(world: World): Promise<Course>;
}

/** One of the `scenarios` in `e2e/out/faults.json`. */
export interface ScenarioResult {
  scenario: string;
  seed: number;
  /** Executions that were accepted. */
  requested: number;
  lost: number;
  duplicateCalls: number;
  duplicateCompleted: number;
  /** Records in progress at the kills and hand-overs; see checker/in-hand.ts. */
  inFlight: number;
  recoveryMs: number;
  figures: Record<string, number>;
  /** Broken guarantees in words; empty if all were kept. */
  violations: string[];
  /** Path of the history if a guarantee was broken. */
  history: string | null;
}
