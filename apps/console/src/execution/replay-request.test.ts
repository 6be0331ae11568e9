import { describe, expect, test } from '@jest/globals';
import { contextProblem, replayBody, replayWords } from './replay-request.ts';

describe('an edited context', () => {
  test('must be a JSON object', () => {
    expect(contextProblem('{"contact":{}}')).toBeNull();
    expect(contextProblem('[]')).toMatch(/must be a JSON object/);
    expect(contextProblem('null')).toMatch(/must be a JSON object/);
    expect(contextProblem('{"a":}')).toMatch(/^This is not JSON: /);
  });

  test('is sent exactly as it was typed', () => {
    const context = '{"id": 12345678901234567890, "price": 10.50}';
    expect(replayBody({ definition: 'original', context })).toBe(
      `{"definition":"original","context":${context}}`,
    );
    expect(replayBody({ definition: 'current', context: null })).toBe('{"definition":"current"}');
  });
});

test('a replay is described before it is requested', () => {
  const of = { actionId: 'crm', version: 3 };
  expect(replayWords({ definition: 'original', context: '{}' }, of)).toMatch(
    /^A new execution of crm will be requested, with version 3 of the webhook and the current credential and the context as edited here\./,
  );
  expect(replayWords({ definition: 'current', context: null }, of)).toMatch(
    /with the webhook as it is now and the context as it was\./,
  );
});
