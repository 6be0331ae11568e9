import { createRequire } from 'node:module';
import type Sequencer from '@jest/test-sequencer';
import type { Test } from '@jest/test-result';

// Its types are those of a CommonJS module, where a default import would be the whole module.
const { default: TestSequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as typeof Sequencer;

/**
 * Suites that take longest, mostly because they wait for a consumer group to notice a killed member. Started first, they
 * leave no worker alone with one of them at the end.
 */
const LONGEST = [
  'e2e/stories/interleavings.test.ts',
  'e2e/stories/kill-points.test.ts',
  'e2e/stories/kill-points-of-failures.test.ts',
  'e2e/faults/short-run.test.ts',
  'e2e/stories/dispatcher-restart.test.ts',
  'e2e/stories/retries.test.ts',
  'e2e/stories/dead-letters.test.ts',
  'e2e/stories/stores-away.test.ts',
  'services/retry-scheduler/src/delay-lanes.test.ts',
  'packages/shared/src/kafka/parallel-consumer.test.ts',
  'packages/webhook-call/src/call/ssrf-cases.test.ts',
];

/** Jest's order (failed ones, then by the duration of the last run), but stories first, and the longest suites of both. */
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
