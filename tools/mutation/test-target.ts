import { join } from 'node:path';
import { instrument, type Mutant } from './instrument.ts';
import { MutantProcess, type RunEnd } from './mutant-process.ts';
import type { Target } from './targets.ts';

/** `uncovered`: no test reaches the place of the mutant. A mutant that never ends, or ends the process, is killed. */
export type Fate = 'killed' | 'survived' | 'uncovered';

export interface TestedMutant extends Mutant {
  fate: Fate;
  /** Test that failed; null if none failed or the run did not end. */
  killedBy: string | null;
}

/** Time limit of the runs without a mutant. */
const DRY_RUN_LIMIT_MS = 120_000;
/** Long enough for a busy machine, and for a test that waits for something that a mutant prevents. */
const PATIENCE_MS = 10_000;

/**
 * Runs the suites of a file once for each of its mutants.
 * @param options.patienceMs time that a run gets in addition to ten times the duration of a run without a mutant
 * @throws Error if the suites fail without a mutant
 */
export async function testTarget(
  root: string,
  { path, suites: relative }: Target,
  { patienceMs = PATIENCE_MS }: { patienceMs?: number } = {},
): Promise<TestedMutant[]> {
  const file = { path: join(root, path), ...(await instrument(join(root, path))) };
  const suites = relative.map((suite) => join(root, suite));
  let process = await MutantProcess.start(file);
  try {
    const first = await dryRun(process, suites);
    const startedAt = performance.now();
    const second = await dryRun(process, suites);
    const limitMs = 10 * (performance.now() - startedAt) + patienceMs;
    const tested: TestedMutant[] = [];
    for (const mutant of file.mutants) {
      if (!first[mutant.id]) {
        tested.push({ ...mutant, fate: 'uncovered', killedBy: null });
        continue;
      }
      // Only the first run loads the sources, so it counts more hits than the second run in code that runs during
      // loading; a mutant in such code needs a fresh load.
      const fresh = first[mutant.id] !== second[mutant.id];
      const end = await process.run({ mutant: mutant.id, suites, fresh }, limitMs);
      if (!end) process = await MutantProcess.start(file);
      const fate = end?.killedBy === null ? 'survived' : 'killed';
      tested.push({ ...mutant, fate, killedBy: end?.killedBy ?? null });
    }
    return tested;
  } finally {
    await process.end();
  }
}

/** Runs the suites without a mutant; returns for each mutant how often its place is reached. */
async function dryRun(process: MutantProcess, suites: string[]): Promise<RunEnd['hits']> {
  const end = await process.run({ mutant: null, suites, fresh: false }, DRY_RUN_LIMIT_MS);
  if (end?.killedBy === null) return end.hits;
  throw new Error(`the suites fail without a mutant; repair them first: ${end?.killedBy ?? 'no result'}`);
}
