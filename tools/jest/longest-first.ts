import { createRequire } from 'node:module';
import type Sequencer from '@jest/test-sequencer';
import type { Test } from '@jest/test-result';

// Loaded by `require`, since with the types of this CommonJS module a default import would be the whole module.
const { default: TestSequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as typeof Sequencer;

/**
 * The slowest suites; most of them wait for a consumer group to detect a killed member. They start first, so that none
 * of them runs alone at the end while the other workers are idle.
 */
const LONGEST = [
  'e2e/stories/interleavings.test.ts',
  'e2e/stories/kill-points.test.ts',
  'e2e/stories/form-preview.test.ts',
  'e2e/stories/kill-points-of-failures.test.ts',
  'e2e/stories/kill-points-of-acting.test.ts',
  'e2e/stories/dispatcher-restart.test.ts',
  'e2e/faults/short-run.test.ts',
  'e2e/stories/dead-letters.test.ts',
  'e2e/stories/key-rotation.test.ts',
  'e2e/stories/managed-stores.test.ts',
  'e2e/stories/replay-job.test.ts',
  'e2e/stories/stores-away.test.ts',
  'e2e/stories/canary.test.ts',
  'e2e/stories/retries.test.ts',
  'services/retry-scheduler/src/delay-lanes.test.ts',
  'packages/shared/src/kafka/consume/parallel/parallel-consumer.test.ts',
  'packages/webhook-call/src/call/ssrf-cases.test.ts',
];

/**
 * Keeps Jest's order (failed suites first, then those that took longest in the last run), but puts the suites of e2e/
 * before other suites, and the slowest suites first in each of these two groups.
 */
export default class LongestFirst extends TestSequencer {
  override async sort(tests: Test[]): Promise<Test[]> {
    const rank = ({ path }: Test): number => {
      const index = LONGEST.findIndex((name) => path.endsWith(name));
      return (path.includes('/e2e/') ? 0 : LONGEST.length + 1) + (index < 0 ? LONGEST.length : index);
    };
    const sorted = await super.sort(tests);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
