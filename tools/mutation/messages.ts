/** First message to a process: its configuration. Paths are absolute. */
interface SetUp {
  kind: 'set-up';
  /** File in whose place `source` is loaded. */
  path: string;
  source: string;
}

/** Runs the suites with one mutant; without a mutant, checks that the suites pass. */
export interface RunMutant {
  kind: 'run';
  mutant: string | null;
  suites: string[];
  /** Whether all sources are loaded again, because the mutant changes what happens while they are loaded. */
  fresh: boolean;
}

export type MutantOrder = SetUp | RunMutant;

export type MutantReply =
  | { kind: 'ready' }
  /** `killedBy` is the first test that failed, or null; `hits` counts how often each mutant's place was reached. */
  | { kind: 'result'; killedBy: string | null; hits: Record<string, number> };
