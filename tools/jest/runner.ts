import type { SerializableError, Test, TestResult } from '@jest/test-result';
import type { Config } from '@jest/types';
import type {
  CallbackTestRunnerInterface,
  OnTestFailure,
  OnTestStart,
  OnTestSuccess,
  TestRunnerOptions,
  TestWatcher,
} from 'jest-runner';
import { StartGate } from './start-gate.ts';
import { TestWorker } from './test-worker.ts';

/**
 * Runs test files in plain Node processes instead of one sandbox per file. A process keeps its loaded modules, so the
 * libraries and sources are loaded once per worker and not once for each test file; Node strips the types. A drawback
 * is that files in the same worker share module state and globals, so tests must restore both. Not supported: module
 * mocks, snapshots, `process.exit` in a test (it fails the file).
 */
export default class PlainRunner implements CallbackTestRunnerInterface {
  readonly supportsEventEmitters = false;
  readonly #globalConfig: Config.GlobalConfig;

  constructor(globalConfig: Config.GlobalConfig) {
    this.#globalConfig = globalConfig;
  }

  // Jest defines the signature.
  // oxlint-disable-next-line max-params
  async runTests(
    tests: Test[],
    watcher: TestWatcher,
    onStart: OnTestStart,
    onResult: OnTestSuccess,
    onFailure: OnTestFailure,
    { serial }: TestRunnerOptions,
  ): Promise<void> {
    const queue = [...tests];
    const gate = new StartGate();
    const runQueue = async (): Promise<void> => {
      let worker: TestWorker | undefined;
      let test = queue.shift();
      while (test) {
        let next: Test | undefined;
        await gate.enter();
        try {
          // The run may have been interrupted while this file waited.
          if (watcher.isInterrupted()) break;
          await onStart(test);
          worker ??= await this.#startWorker(test);
          const result = await worker.run(test.path);
          // Taken now to find out whether this file is the worker's last: the coverage of all files of a worker is
          // reported once, with the last of them.
          next = queue.shift();
          if (this.#globalConfig.collectCoverage && !next) await addCoverage(result, worker);
          await onResult(test, result);
        } catch (error) {
          // A worker remains usable after a file that cannot be loaded, but not after a file that ended the process.
          if (worker?.isGone) worker = undefined;
          await onFailure(test, error as SerializableError);
        } finally {
          gate.leave();
        }
        test = next ?? queue.shift();
      }
      await worker?.end();
    };
    const workers = serial ? 1 : Math.min(this.#globalConfig.maxWorkers, tests.length);
    // If a worker fails while it ends, the others still finish their files.
    const ends = await Promise.allSettled(Array.from({ length: workers }, runQueue));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #startWorker({ context }: Test): Promise<TestWorker> {
    return TestWorker.start({ globalConfig: this.#globalConfig, projectConfig: context.config });
  }
}

async function addCoverage(result: TestResult, worker: TestWorker): Promise<void> {
  result.v8Coverage = await worker.coverage();
}
