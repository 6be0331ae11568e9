import { parseMappingTarget } from '@hookline/shared/contracts/mapping-target';
import { type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';

/** A workflow as written in JSON. Step ids are unique within it. */
export interface Workflow {
  id: string;
  steps: WorkflowStep[];
}

export type WorkflowStep = SetStep | WaitStep | CallStep | LoopStep;

/** Sets a contact field (`x`, `contact.custom_fields.x`, `contact.email`) or a variable (`workflow.x`). */
export interface SetStep {
  id: string;
  type: 'set';
  target: string;
  value: unknown;
}

export interface WaitStep {
  id: string;
  type: 'wait';
  seconds: number;
}

/** Calls a webhook and follows one of two branches. Without `on_error`, an error fails the run. */
export interface CallStep {
  id: string;
  type: 'webhook';
  action_id: string;
  step_timeout_seconds?: number;
  on_success?: WorkflowStep[];
  on_error?: WorkflowStep[];
}

export interface LoopStep {
  id: string;
  type: 'loop';
  times: number;
  steps: WorkflowStep[];
}

/** The JSON is not a valid workflow; the message lists every problem, one per line. */
export class InvalidWorkflowError extends Error {
  override readonly name = 'InvalidWorkflowError';
}

const strict = { additionalProperties: false };
const id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
const seconds = Type.Number({ exclusiveMinimum: 0, maximum: 604_800 });
/** Nested steps are checked separately, so that each problem names the step in which it occurs. */
const steps = Type.Array(Type.Unknown());

const WORKFLOW = Type.Object({ id, steps }, strict);
const STEPS = {
  set: Type.Object({ id, type: Type.Literal('set'), target: Type.String(), value: Type.Unknown() }, strict),
  wait: Type.Object({ id, type: Type.Literal('wait'), seconds }, strict),
  webhook: Type.Object(
    {
      id,
      type: Type.Literal('webhook'),
      action_id: Type.String({ minLength: 1 }),
      step_timeout_seconds: Type.Optional(seconds),
      on_success: Type.Optional(steps),
      on_error: Type.Optional(steps),
    },
    strict,
  ),
  loop: Type.Object(
    { id, type: Type.Literal('loop'), times: Type.Integer({ minimum: 0, maximum: 1_000 }), steps },
    strict,
  ),
};

/** @throws InvalidWorkflowError */
export function readWorkflow(json: unknown): Workflow {
  const problems = errorsOf(WORKFLOW, json, 'workflow');
  if (problems.length === 0) {
    const workflow = json as Workflow;
    const ids = new Set<string>();
    problems.push(...stepsProblems(workflow.steps, 'steps', ids));
  }
  if (problems.length > 0) throw new InvalidWorkflowError(problems.join('\n'));
  return json as Workflow;
}

function stepsProblems(steps: unknown[], path: string, ids: Set<string>): string[] {
  return steps.flatMap((step, i) => stepProblems(step, `${path}[${i}]`, ids));
}

function stepProblems(json: unknown, path: string, ids: Set<string>): string[] {
  const type = (json as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(STEPS, type)) {
    return [`${path}: type must be one of ${Object.keys(STEPS).join(', ')}`];
  }
  const problems = errorsOf(STEPS[type as keyof typeof STEPS], json, path);
  if (problems.length > 0) return problems;
  const step = json as WorkflowStep;
  if (ids.has(step.id)) problems.push(`${path}: another step has the id ${step.id}`);
  ids.add(step.id);
  if (step.type === 'set' && !parseMappingTarget(step.target)) {
    problems.push(`${path}: there is no field ${step.target}`);
  }
  for (const [place, inner] of Object.entries(innerSteps(step))) {
    problems.push(...stepsProblems(inner, `${path}.${place}`, ids));
  }
  return problems;
}

function innerSteps(step: WorkflowStep): Record<string, WorkflowStep[]> {
  if (step.type === 'loop') return { steps: step.steps };
  if (step.type === 'webhook') {
    return { on_success: step.on_success ?? [], on_error: step.on_error ?? [] };
  }
  return {};
}

function errorsOf(schema: TSchema, json: unknown, path: string): string[] {
  return [...Value.Errors(schema, json)].map(
    ({ instancePath, message }) => `${path}${instancePath}: ${message}`,
  );
}
