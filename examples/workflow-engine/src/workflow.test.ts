import { describe, expect, it } from '@jest/globals';
import { InvalidWorkflowError, readWorkflow } from './workflow.ts';

const call = { id: 'notify', type: 'webhook', action_id: 'action_1' };

describe('readWorkflow', () => {
  it('reads every kind of step', () => {
    const workflow = {
      id: 'welcome',
      steps: [
        { id: 'greet', type: 'set', target: 'contact.custom_fields.state', value: { any: ['json'] } },
        { id: 'pause', type: 'wait', seconds: 0.5 },
        { id: 'twice', type: 'loop', times: 2, steps: [{ ...call, on_success: [], on_error: [] }] },
      ],
    };
    expect(readWorkflow(workflow)).toEqual(workflow);
  });

  it.each([
    ['an unknown type', { id: 'a', type: 'jump' }, 'steps[0]: type must be one of'],
    ['a step that is null', null, 'steps[0]: type must be one of'],
    ['a missing property', { id: 'a', type: 'webhook' }, 'steps[0]: must have required properties action_id'],
    ['an unknown property', { ...call, retries: 3 }, 'steps[0]: must not have additional properties'],
    ['an unknown field', { id: 'a', type: 'set', target: 'account.id', value: 1 }, 'account.id'],
    [
      'a problem inside a step',
      { id: 'a', type: 'loop', times: 1, steps: [{ ...call, on_error: [{ id: 'b', type: 'wait' }] }] },
      'steps[0].steps[0].on_error[0]: must have required properties seconds',
    ],
    ['an id that is already used', { ...call, on_error: [call] }, 'another step has the id notify'],
  ])('rejects %s and names its location', (_, step, message) => {
    expect(() => readWorkflow({ id: 'welcome', steps: [step] })).toThrow(InvalidWorkflowError);
    expect(() => readWorkflow({ id: 'welcome', steps: [step] })).toThrow(message);
  });

  it('reports all problems together', () => {
    const steps = [{ id: 'a', type: 'wait' }, { type: 'set' }];
    expect(() => readWorkflow({ id: 'welcome', steps })).toThrow(/steps\[0\].*\n.*steps\[1\]/s);
    expect(() => readWorkflow([])).toThrow(InvalidWorkflowError);
  });
});
