import { describe, expect, it } from '@jest/globals';
import { afterCall, afterStep, enterLoop, iterationOf, jump, type RunPosition, START } from './position.ts';
import { compile } from './program.ts';
import type { WorkflowStep } from './workflow.ts';

const set = (id: string): WorkflowStep => ({ id, type: 'set', target: id, value: true });
const call = (
  id: string,
  branches: { on_success?: WorkflowStep[]; on_error?: WorkflowStep[] } = {},
): WorkflowStep => ({
  id,
  type: 'webhook',
  action_id: 'action_1',
  ...branches,
});
const loop = (id: string, times: number, steps: WorkflowStep[]): WorkflowStep => ({
  id,
  type: 'loop',
  times,
  steps,
});

/** Follows a program to its end. `outcomes` contains, in order, whether each webhook succeeds. */
function follow(steps: WorkflowStep[], outcomes: boolean[] = []): string[] {
  const program = compile(steps);
  const trail: string[] = [];
  let position: RunPosition | null = START;
  while (position && position.place < program.length) {
    const instruction = program[position.place];
    if (!instruction) break;
    switch (instruction.op) {
      case 'jump':
        position = jump(position, instruction.to);
        break;
      case 'loop':
        position = enterLoop(position, instruction);
        break;
      case 'webhook':
        trail.push(`${instruction.step.id}#${iterationOf(position, instruction.step.id)}`);
        position = afterCall(position, instruction, outcomes.shift() ?? true);
        break;
      default:
        trail.push(instruction.step.id);
        position = afterStep(position, instruction.step.id);
    }
  }
  return [...trail, position ? 'completed' : 'failed'];
}

describe('a compiled workflow', () => {
  it('performs its steps in order', () => {
    expect(follow([set('a'), { id: 'b', type: 'wait', seconds: 1 }, set('c')])).toEqual([
      'a',
      'b',
      'c',
      'completed',
    ]);
    expect(follow([])).toEqual(['completed']);
  });

  it.each([
    [true, ['notify#0', 'ok', 'after', 'completed']],
    [false, ['notify#0', 'sorry', 'after', 'completed']],
  ])('follows one branch of a webhook (success: %p) and then the next steps', (succeeded, trail) => {
    const steps = [call('notify', { on_success: [set('ok')], on_error: [set('sorry')] }), set('after')];
    expect(follow(steps, [succeeded])).toEqual(trail);
  });

  it('continues after an empty error branch, and fails without an error branch', () => {
    expect(follow([call('notify', { on_error: [] }), set('after')], [false])).toContain('completed');
    expect(follow([call('notify'), set('after')], [false])).toEqual(['notify#0', 'failed']);
  });

  it('repeats loops, including nested loops, with a new iteration of their webhooks each time', () => {
    expect(follow([loop('twice', 2, [set('a'), loop('thrice', 3, [call('b')])]), set('c')])).toEqual([
      'a',
      'b#0',
      'b#1',
      'b#2',
      'a',
      'b#3',
      'b#4',
      'b#5',
      'c',
      'completed',
    ]);
    expect(follow([loop('never', 0, [set('a')]), set('b')])).toEqual(['b', 'completed']);
  });

  it('has the right jump targets for nested branches and loops', () => {
    const nested = [
      loop('outer', 2, [
        call('first', { on_success: [loop('inner', 1, [set('x')])], on_error: [call('second'), set('y')] }),
      ]),
      set('end'),
    ];
    expect(follow(nested, [false, true, true])).toEqual([
      'first#0',
      'second#0',
      'y',
      'first#1',
      'x',
      'end',
      'completed',
    ]);
  });
});
