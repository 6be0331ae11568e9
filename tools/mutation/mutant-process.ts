import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MutantOrder, MutantReply, RunMutant } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('./mutant-program.ts', import.meta.url));
const execArgv = [
  '--conditions=hookline-source',
  '--no-warnings=ExperimentalWarning',
  `--import=${new URL('../tether.mjs', import.meta.url).href}`,
  `--import=${new URL('../jest/globals-hook.ts', import.meta.url).href}`,
];

export type RunEnd = Extract<MutantReply, { kind: 'result' }>;

/** A process that has one instrumented file loaded and runs suites with its mutants, one at a time. */
export class MutantProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(file: { path: string; source: string }): Promise<MutantProcess> {
    // Output is ignored, because a mutant may make the sources log anything.
    const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
    const child = new MutantProcess(fork(PROGRAM, { execArgv, stdio: [...stdio] }));
    await child.#order({ kind: 'set-up', ...file });
    return child;
  }

  /** @returns undefined if the process ended, or was ended because there was no result within the limit */
  async run(order: Omit<RunMutant, 'kind'>, limitMs: number): Promise<RunEnd | undefined> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), limitMs);
    const reply = await this.#order({ kind: 'run', ...order });
    clearTimeout(timer);
    return reply?.kind === 'result' ? reply : undefined;
  }

  async end(): Promise<void> {
    if (!this.#child.connected) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #order(order: MutantOrder): Promise<MutantReply | undefined> {
    const { promise, resolve } = Promise.withResolvers<MutantReply | undefined>();
    const onMessage = (reply: unknown): void => resolve(reply as MutantReply);
    const onExit = (): void => resolve(undefined);
    this.#child.once('message', onMessage).once('exit', onExit);
    this.#child.send(order);
    return promise.finally(() => this.#child.off('message', onMessage).off('exit', onExit));
  }
}
