import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestResult, V8CoverageResult } from '@jest/test-result';
import type { Answer, Order, Setting } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./worker-program.ts', import.meta.url));
const execArgv = [
  '--conditions=hookline-source',
  '--no-warnings=ExperimentalWarning',
  `--import=${new URL('../tether.mjs', import.meta.url).href}`,
  `--import=${new URL('./globals-hook.ts', import.meta.url).href}`,
];

/** A process that runs test files, one after the other. It takes one order at a time. */
export class TestWorker {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  static async start(setting: Setting): Promise<TestWorker> {
    // What tests print goes to stderr: the last line of stdout is the reporter's.
    const stdio = ['ignore', 2, 2, 'ipc'] as const;
    const worker = new TestWorker(fork(PROGRAM, { execArgv, serialization: 'advanced', stdio: [...stdio] }));
    await worker.#order({ kind: 'set-up', setting });
    return worker;
  }

  get isGone(): boolean {
    return !this.#child.connected;
  }

  /** @throws Error if the file cannot be loaded, or if the process ends while it runs it */
  async run(path: string): Promise<TestResult> {
    const answer = await this.#order({ kind: 'run', path });
    if (answer.kind !== 'result') throw new Error(`expected a result, not ${answer.kind}`);
    return answer.result;
  }

  /** What the files so far have covered of the sources. */
  async coverage(): Promise<V8CoverageResult> {
    const answer = await this.#order({ kind: 'report-coverage' });
    if (answer.kind !== 'coverage') throw new Error(`expected coverage, not ${answer.kind}`);
    return answer.coverage;
  }

  /**
   * Ends it, with what its suites share; resolves when the process is gone.
   * @throws Error if something that they share cannot be ended
   */
  async end(): Promise<void> {
    try {
      if (this.#child.connected) await this.#order({ kind: 'end' });
    } catch (cause) {
      throw new Error('what the suites of a test process share did not end', { cause });
    } finally {
      if (this.#child.connected) this.#child.disconnect();
      await this.#exited;
    }
  }

  async #order(order: Order): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    const onExit = (code: number | null, signal: string | null): void =>
      answered.reject(new Error(`the test process ended with ${code ?? signal}`));
    this.#child.once('message', (answer) => answered.resolve(answer as Answer));
    this.#child.once('exit', onExit);
    this.#child.send(order);
    const answer = await answered.promise.finally(() => this.#child.removeListener('exit', onExit));
    if (answer.kind === 'failed') throw answer.error;
    return answer;
  }
}
