import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestResult, V8CoverageResult } from '@jest/test-result';
import type { RunConfig, WorkerOrder, WorkerReply } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./worker-program.ts', import.meta.url));
const execArgv = [
  '--conditions=hookline-source',
  '--no-warnings=ExperimentalWarning',
  `--import=${new URL('../tether.mjs', import.meta.url).href}`,
  `--import=${new URL('./globals-hook.ts', import.meta.url).href}`,
];

/** A process that runs test files sequentially. It accepts one order at a time. */
export class TestWorker {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  static async start(setting: RunConfig): Promise<TestWorker> {
    // Output of tests goes to stderr, because the last line of stdout belongs to the reporter.
    const stdio = ['ignore', 2, 2, 'ipc'] as const;
    const worker = new TestWorker(fork(PROGRAM, { execArgv, serialization: 'advanced', stdio: [...stdio] }));
    await worker.#order({ kind: 'set-up', setting });
    return worker;
  }

  get isGone(): boolean {
    return !this.#child.connected;
  }

  /** @throws Error if the file cannot be loaded, or if the process ends during the run */
  async run(path: string): Promise<TestResult> {
    const answer = await this.#order({ kind: 'run', path });
    if (answer.kind !== 'result') throw new Error(`expected a result, not ${answer.kind}`);
    return answer.result;
  }

  /** Returns the coverage of all files that have run so far. */
  async coverage(): Promise<V8CoverageResult> {
    const answer = await this.#order({ kind: 'report-coverage' });
    if (answer.kind !== 'coverage') throw new Error(`expected coverage, not ${answer.kind}`);
    return answer.coverage;
  }

  /**
   * Closes the shared resources of the suites and ends the process; resolves when the process has exited.
   * @throws Error if a shared resource cannot be closed
   */
  async end(): Promise<void> {
    try {
      if (this.#child.connected) await this.#order({ kind: 'end' });
    } catch (cause) {
      throw new Error('a shared resource of a test process could not be closed', { cause });
    } finally {
      if (this.#child.connected) this.#child.disconnect();
      await this.#exited;
    }
  }

  async #order(order: WorkerOrder): Promise<WorkerReply> {
    const answered = Promise.withResolvers<WorkerReply>();
    const onExit = (code: number | null, signal: string | null): void =>
      answered.reject(new Error(`the test process ended with ${code ?? signal}`));
    this.#child.once('message', (answer) => answered.resolve(answer as WorkerReply));
    this.#child.once('exit', onExit);
    this.#child.send(order);
    const answer = await answered.promise.finally(() => this.#child.removeListener('exit', onExit));
    if (answer.kind === 'failed') throw answer.error;
    return answer;
  }
}
