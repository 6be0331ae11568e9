import { setTimeout as sleep } from 'node:timers/promises';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { WebhookStepsStoppedError } from '@hookline/workflow-sdk/look-for-outcomes';
import { InvalidStepError } from '@hookline/workflow-sdk/webhook-step';
import { perform, type PerformDeps } from './perform.ts';
import type { Runs } from './pg-runs.ts';
import { compile } from './program.ts';
import { type Run, RunNotRunningError } from './run.ts';

interface EngineDeps<Tx> extends Omit<PerformDeps<Tx>, 'fail' | 'now'> {
  runs: Runs;
  cancelWebhooks(run: { workflowExecutionId: string }): Promise<unknown>;
  logger: Logger;
}

interface Drive {
  abort: AbortController;
  ended: Promise<void>;
}

const RETRY_MS = 1_000;

/**
 * Performs the runs in a database until they end, independently of one another. Only one engine process may use a
 * database at a time.
 */
export class WorkflowEngine<Tx> implements Component {
  readonly name = 'engine';
  readonly #deps: EngineDeps<Tx>;
  readonly #perform: PerformDeps<Tx>;
  readonly #drives = new Map<string, Drive>();

  constructor(deps: EngineDeps<Tx>) {
    this.#deps = deps;
    this.#perform = { ...deps, now: Date.now, fail: (run, error) => this.#fail(run, error) };
  }

  async start(): Promise<void> {
    for (const { id, status } of await this.#deps.runs.unfinished()) {
      if (status === 'cancelling') await this.#finishCancel(id);
      else this.#beginDrive(id);
    }
  }

  /** Stops performing the runs; the next process resumes them where they stopped. */
  async stop(): Promise<void> {
    await Promise.all([...this.#drives.keys()].map((runId) => this.#endDrive(runId)));
  }

  /** @returns the id of the new run */
  async begin(run: Pick<Run, 'accountId' | 'contactId' | 'workflow'>): Promise<string> {
    const runId = await this.#deps.runs.begin(run);
    this.#beginDrive(runId);
    return runId;
  }

  /**
   * Ends a run and cancels the webhooks that it is waiting for; returns false if the run does not exist, has ended or
   * is already being cancelled.
   */
  async cancel(runId: string): Promise<boolean> {
    if (!(await this.#deps.runs.markCancelling(runId))) return false;
    await this.#finishCancel(runId);
    return true;
  }

  /**
   * Cancels the webhooks of a run and ends the run; can be repeated. Stops performing the run first, because a request
   * that is saved after the cancellation would not be cancelled.
   */
  async #finishCancel(runId: string): Promise<void> {
    await this.#endDrive(runId);
    await this.#deps.cancelWebhooks({ workflowExecutionId: runId });
    await this.#deps.runs.end(runId, 'cancelling', 'cancelled');
    this.#deps.logger.info({ runId, status: 'cancelled' }, 'run ended');
  }

  #beginDrive(runId: string): void {
    const abort = new AbortController();
    const ended = this.#drive(runId, abort.signal).finally(() => this.#drives.delete(runId));
    this.#drives.set(runId, { abort, ended });
  }

  async #endDrive(runId: string): Promise<void> {
    const drive = this.#drives.get(runId);
    drive?.abort.abort(new Error('the engine has stopped driving this run'));
    await drive?.ended;
  }

  /** Performs a run to its end. Treats errors of the environment as temporary, and performs the step again. */
  async #drive(runId: string, signal: AbortSignal): Promise<void> {
    const { logger } = this.#deps;
    while (!signal.aborted) {
      try {
        return await this.#driveToEnd(runId, signal);
      } catch (error) {
        if (signal.aborted || error instanceof WebhookStepsStoppedError) return;
        logger.warn({ err: error, runId, retryMs: RETRY_MS }, 'a step failed; performing it again');
        await sleep(RETRY_MS);
      }
    }
  }

  /** Performs the steps of a run one at a time, each from the state in the database, until the run has ended. */
  async #driveToEnd(runId: string, signal: AbortSignal): Promise<void> {
    const { runs, logger } = this.#deps;
    for (;;) {
      const run = await runs.find(runId);
      if (run?.status !== 'running') {
        if (run?.status !== 'cancelling') {
          logger.info({ runId, status: run?.status, error: run?.error }, 'run ended');
        }
        return;
      }
      const instruction = compile(run.workflow.steps)[run.position.place];
      if (instruction) await this.#performStep({ run, instruction, signal });
      else await runs.end(runId, 'running', 'completed');
    }
  }

  /**
   * Performs a step. Fails the run if the step or its data is invalid; ignores the error if the run was cancelled in
   * the meantime.
   */
  async #performStep(step: Parameters<typeof perform>[1]): Promise<void> {
    try {
      await perform(this.#perform, step);
    } catch (error) {
      if (error instanceof InvalidStepError || isDataError(error)) {
        return this.#fail(step.run, error.message);
      }
      if (!(error instanceof RunNotRunningError)) throw error;
    }
  }

  #fail({ id }: Run, error: string): Promise<void> {
    return this.#deps.runs.end(id, 'running', 'failed', error);
  }
}

/** Returns whether an error means that Postgres can never store a mapped value (SQLSTATE class 22). */
function isDataError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('22');
}
