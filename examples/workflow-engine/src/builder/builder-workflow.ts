import { readFile } from 'node:fs/promises';
import { readWorkflow, type Workflow } from '../workflow.ts';

/** A workflow as drawn in the builder, whose webhook steps have no `action_id` yet. */
export interface DrawnWorkflow {
  id: string;
  steps: readonly Record<string, unknown>[];
}

const FILE = new URL('../../builder/welcome.json', import.meta.url);

/** Reads the workflow of the builder page. */
export async function readDrawnWorkflow(): Promise<DrawnWorkflow> {
  return JSON.parse(await readFile(FILE, 'utf8')) as DrawnWorkflow;
}

/**
 * Returns the `external_id` of a step's webhook. It is derived from the ids of workflow and step, so that the builder
 * need not store ids.
 */
export function webhookNameOf(workflowId: string, stepId: string): string {
  return `${workflowId}-${stepId}`;
}

/**
 * Fills in the ids of the webhooks, so that the workflow can run.
 * @param actionIdOf returns the id of the webhook of a step
 */
export async function runnableWorkflow(
  drawn: DrawnWorkflow,
  actionIdOf: (stepId: string) => Promise<string>,
): Promise<Workflow> {
  const steps = await Promise.all(drawn.steps.map((step) => runnableStep(step, actionIdOf)));
  return readWorkflow({ ...drawn, steps });
}

async function runnableStep(
  step: Record<string, unknown>,
  actionIdOf: (stepId: string) => Promise<string>,
): Promise<Record<string, unknown>> {
  const branches = ['steps', 'on_success', 'on_error'].filter((name) => Array.isArray(step[name]));
  const inner = await Promise.all(
    branches.map(async (name) => {
      const steps = step[name] as Record<string, unknown>[];
      return [name, await Promise.all(steps.map((one) => runnableStep(one, actionIdOf)))] as const;
    }),
  );
  const action = step['type'] === 'webhook' ? { action_id: await actionIdOf(String(step['id'])) } : {};
  return { ...step, ...action, ...Object.fromEntries(inner) };
}
