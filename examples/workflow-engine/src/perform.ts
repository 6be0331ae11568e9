import { setTimeout as sleep } from 'node:timers/promises';
import { parseMappingTarget } from '@hookline/shared/contracts/mapping-target';
import type { WebhookStep } from '@hookline/workflow-sdk/webhook-step';
import type { StepResult, WaitOptions } from '@hookline/workflow-sdk/webhook-steps';
import type { MappedField, WebhookOutcome } from '@hookline/workflow-sdk/webhook-outcome';
import { contextOf } from './context.ts';
import { afterCall, afterStep, enterLoop, iterationOf, jump, waiting } from './position.ts';
import type { Instruction } from './program.ts';
import type { FieldWrite, Progress, Run } from './run.ts';
import type { SetStep } from './workflow.ts';

/** Collaborators of a step. `Tx` is a transaction of the engine's database. */
export interface PerformDeps<Tx> {
  contactFields(contactId: string): Promise<Record<string, unknown>>;
  webhooks: {
    requestAndWait(step: WebhookStep, options: WaitOptions): Promise<StepResult>;
    applyOnce(
      outcome: WebhookOutcome,
      apply: (fields: readonly MappedField[], tx: Tx) => Promise<void>,
    ): Promise<boolean>;
  };
  /** Makes the changes in a transaction of their own. */
  progress(run: Run, progress: Progress): Promise<void>;
  /** Makes the changes in the transaction that marks an outcome as applied. */
  progressIn(tx: Tx, run: Run, progress: Progress): Promise<void>;
  fail(run: Run, error: string): Promise<void>;
  /** Epoch ms. */
  now: () => number;
}

type Call = Extract<Instruction, { op: 'webhook' }>;

/**
 * Performs one instruction and stores the next position in the same transaction as the step's changes. If the process
 * dies before the commit, the next process performs the instruction again: a wait keeps its end time, and a webhook
 * keeps its execution.
 * @throws Error if the signal is aborted
 */
export async function perform<Tx>(
  deps: PerformDeps<Tx>,
  { run, instruction, signal }: { run: Run; instruction: Instruction; signal: AbortSignal },
): Promise<void> {
  const { position } = run;
  switch (instruction.op) {
    case 'set':
      return deps.progress(run, {
        fields: [written(instruction.step)],
        position: afterStep(position, instruction.step.id),
      });
    case 'loop':
      return deps.progress(run, { fields: [], position: enterLoop(position, instruction) });
    case 'jump':
      return deps.progress(run, { fields: [], position: jump(position, instruction.to) });
    case 'wait':
      if (position.waitUntil === null) {
        const waitUntil = deps.now() + instruction.step.seconds * 1_000;
        return deps.progress(run, { fields: [], position: waiting(position, waitUntil) });
      }
      await sleep(Math.max(0, position.waitUntil - deps.now()), undefined, { signal });
      return deps.progress(run, { fields: [], position: afterStep(position, instruction.step.id) });
    case 'webhook':
      return call(deps, { run, instruction, signal });
  }
}

function written({ target, value }: SetStep): FieldWrite {
  const place = parseMappingTarget(target);
  if (!place) throw new Error(`there is no field ${target}`);
  return { ...place, json: JSON.stringify(value) };
}

/**
 * Requests the webhook, or finds the execution that an earlier process requested, and follows the branch for its
 * outcome.
 */
async function call<Tx>(
  deps: PerformDeps<Tx>,
  { run, instruction, signal }: { run: Run; instruction: Call; signal: AbortSignal },
): Promise<void> {
  const { step_timeout_seconds: seconds } = instruction.step;
  const result = await deps.webhooks.requestAndWait(await webhookStep(deps, run, instruction), {
    signal,
    onTimeout: 'cancel',
    ...(seconds === undefined ? {} : { stepTimeoutMs: seconds * 1_000 }),
  });
  const error = errorOf(result);
  const position = afterCall(run.position, instruction, error === null);
  if (position === null) return deps.fail(run, `${instruction.step.id}: ${error ?? ''}`);
  const lastError = { kind: 'workflow_variable', name: 'last_error', json: JSON.stringify(error) } as const;
  if (result.kind === 'step_timeout') return deps.progress(run, { fields: [lastError], position });
  // Has no effect if an earlier process applied the outcome. That process also moved the run in the same transaction,
  // so the next read of the run returns the new position.
  await deps.webhooks.applyOnce(result.outcome, (mapped, tx) =>
    deps.progressIn(tx, run, { fields: [...mapped, lastError], position }),
  );
}

async function webhookStep<Tx>(deps: PerformDeps<Tx>, run: Run, { step }: Call): Promise<WebhookStep> {
  const { id, accountId, contactId, workflow, position } = run;
  return {
    accountId,
    workflowId: workflow.id,
    actionId: step.action_id,
    workflowExecutionId: id,
    stepId: step.id,
    iteration: iterationOf(position, step.id),
    context: contextOf(run, await deps.contactFields(contactId)),
  };
}

/** Returns null for a success, otherwise the error class, which the error branch can read as `workflow.last_error`. */
function errorOf(result: StepResult): string | null {
  if (result.kind === 'step_timeout') return 'step_timeout';
  const { status, errorType } = result.outcome;
  return status === 'success' ? null : (errorType ?? status);
}
