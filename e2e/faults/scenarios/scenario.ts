import type { AccountSettings } from '@hookline/shared/contracts/events';
import type { Ledger } from '../checker/ledger.ts';
import type { TargetGroup } from '../load/target-groups.ts';
import type { Mix } from '../load/targets.ts';
import type { World } from './world.ts';

/** What a scenario found out while it was played; the history says the rest. */
export interface Course {
  /** From a fault until what it hit has worked again, the longest; what exactly is said where it is measured. */
  recoveryMs: number;
  /** Anything else worth a number, by name. */
  figures?: Record<string, number>;
  /** Promises that no history can show, and that were broken. */
  broken?: string[];
  /** Reads off the history what only it can tell; pure. */
  measure?: (ledger: Ledger) => Measured;
}

/** What was measured, by name, and the promises that were broken, in words. */
export interface Measured {
  figures: Record<string, number>;
  broken: string[];
}

/** Accounts that are all alike. */
interface EvenTargets {
  accounts: number;
  mix: Mix;
}

/** Accounts that differ from one another. */
interface GroupedTargets {
  groups: readonly TargetGroup[];
}

/** A fault, or several, under load. */
export type Scenario = ScenarioPlan & (EvenTargets | GroupedTargets);

interface ScenarioPlan {
  name: string;
  /** Played by `--full` only, or by its name. */
  onlyFull?: boolean;
  /** Dispatchers there are at the beginning. */
  dispatchers: number;
  /** First retry wait, where it is not a tenth of what customers get, in ms. */
  baseWaitMs?: number;
  /** A Kafka of three brokers of its own. */
  ownBrokers?: boolean;
  /** What is set for an account, where it is not the default. */
  limits?: Pick<AccountSettings, 'maxInFlight' | 'maxInFlightPerEndpoint'>;
  /** More settings for the services. */
  env?: Readonly<Record<string, string>>;
  play(world: World): Promise<Course>;
}

/** One line of `e2e/out/faults.json`. */
export interface ScenarioResult {
  scenario: string;
  seed: number;
  /** Executions that were accepted. */
  requested: number;
  lost: number;
  duplicateCalls: number;
  duplicateCompleted: number;
  /** Records in hand at the kills and hand-overs: see checker/in-hand.ts. */
  inFlight: number;
  recoveryMs: number;
  figures: Record<string, number>;
  /** What was promised and not kept, in words; empty if all was. */
  violations: string[];
  /** The history, where something was not kept. */
  history: string | null;
}
