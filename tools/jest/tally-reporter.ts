import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter } from '@jest/reporters';
import type { AggregatedResult } from '@jest/test-result';
import type { Config } from '@jest/types';
import { skippedTests, tally } from './tally.ts';

/**
 * Ends the output of a run with `N passed, N failed`, after all output of Jest's own reporters. Lists skipped tests by
 * name and file, since Jest only counts them; with `failOnSkip`, each of them counts as a failure.
 */
export default class TallyReporter implements Pick<Reporter, 'onRunComplete' | 'getLastError'> {
  readonly #rootDir: string;
  readonly #failOnSkip: boolean;
  /** Whether the run has no name pattern; with a pattern, the tests that do not match are skipped on purpose. */
  readonly #isWhole: boolean;
  #results: AggregatedResult | undefined;

  constructor(
    { rootDir, testNamePattern }: Config.GlobalConfig,
    { failOnSkip = false }: { failOnSkip?: boolean } = {},
  ) {
    this.#rootDir = rootDir;
    this.#isWhole = testNamePattern === undefined || testNamePattern === '';
    this.#failOnSkip = failOnSkip && this.#isWhole;
    // The summary and the coverage are printed after `onRunComplete`, and the coverage can still fail the run.
    process.once('exit', () => this.#print());
  }

  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    this.#results = results;
  }

  /** Returns an error, which makes Jest exit with 1, if skipped tests count as failures. */
  getLastError(): Error | undefined {
    const skipped = this.#failOnSkip ? skippedTests(this.#results).length : 0;
    return skipped > 0
      ? new Error(`skipped tests count as failures in this run: ${skipped}; they are listed below`)
      : undefined;
  }

  #print(): void {
    for (const { name, file } of this.#isWhole ? skippedTests(this.#results) : []) {
      printLast(`skipped: ${name} (${relative(this.#rootDir, file)})`);
    }
    const { passed, failed } = tally(this.#results, { failOnSkip: this.#failOnSkip });
    printLast(`${passed} passed, ${failed} failed`);
  }
}

/** Writes to the file descriptor, because Jest disables `process.stdout` before it ends with an error. */
function printLast(line: string): void {
  writeSync(process.stdout.fd, `${line}\n`);
}
