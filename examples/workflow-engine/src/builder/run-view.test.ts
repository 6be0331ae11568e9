import { describe, expect, it } from '@jest/globals';
import { afterCall, afterStep, START, type RunPosition } from '../position.ts';
import { compile } from '../program.ts';
import type { Run } from '../run.ts';
import type { WorkflowStep } from '../workflow.ts';
import { runView } from './run-view.ts';

const steps: WorkflowStep[] = [
  { id: 'greet', type: 'set', target: 'x', value: 1 },
  {
    id: 'notify',
    type: 'webhook',
    action_id: 'a',
    on_success: [{ id: 'well', type: 'set', target: 'x', value: 1 }],
    on_error: [{ id: 'sorry', type: 'set', target: 'x', value: 1 }],
  },
];
const [, call] = compile(steps);

function view(position: RunPosition, status: Run['status'] = 'running') {
  const run: Run = {
    id: 'run_1',
    accountId: 'acc',
    contactId: 'jane',
    workflow: { id: 'welcome', steps },
    status,
    position,
    variables: {},
    error: null,
  };
  return runView(run, 'https://hooks.example.com');
}

/** Returns the position after the call, in the branch for its outcome. */
function called(isSuccess: boolean): RunPosition {
  const before = afterStep(START, 'greet');
  const after = call?.op === 'webhook' ? afterCall(before, call, isSuccess) : null;
  if (!after) throw new Error('the run has ended');
  return after;
}

describe('the view of a run', () => {
  it('shows the current step', () => {
    expect(view(START).steps).toEqual({
      greet: 'active',
      notify: 'waiting',
      well: 'waiting',
      sorry: 'waiting',
    });
    expect(view(afterStep(START, 'greet')).steps).toMatchObject({ greet: 'done', notify: 'active' });
  });

  it.each([
    [true, { greet: 'done', notify: 'done', well: 'done', sorry: 'skipped' }],
    [false, { greet: 'done', notify: 'done', well: 'skipped', sorry: 'done' }],
  ])('shows the branch that the run took (success: %p)', (isSuccess, states) => {
    const ended = afterStep(called(isSuccess), isSuccess ? 'well' : 'sorry');
    expect(view({ ...ended, place: compile(steps).length }, 'completed').steps).toEqual(states);
  });

  it('shows the step at which the run failed', () => {
    expect(view(afterStep(START, 'greet'), 'failed').steps).toMatchObject({ notify: 'failed' });
  });

  it('has a link to the page of each execution as soon as its step is reached', () => {
    expect(view(START).executions).toEqual([]);
    const [execution] = view(afterStep(START, 'greet')).executions;
    expect(execution).toMatchObject({ step_id: 'notify' });
    expect(execution?.url).toBe(`https://hooks.example.com/console/executions/${execution?.execution_id}`);
    expect(view(called(true)).executions).toEqual([execution]);
  });
});
