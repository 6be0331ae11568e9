import { describe, expect, it } from '@jest/globals';
import { checkHistory } from './check-history.ts';
import { executionStory, goodHistory, linesOf, SETTINGS } from './testing/hand-made.ts';
import { without } from './testing/findings.ts';

describe('checkHistory', () => {
  it('finds no violation in a correct history and counts the call that a kill repeated', () => {
    expect(checkHistory(linesOf(goodHistory()))).toEqual({
      requested: 5,
      lost: 0,
      duplicateCalls: 1,
      duplicateCompleted: 0,
      inFlight: 1,
      violations: [],
    });
  });

  it('accepts the lines in any order', () => {
    const report = checkHistory(linesOf(goodHistory().toReversed()));
    expect(report.violations).toEqual([]);
  });

  it('counts lost executions and names them', () => {
    const report = checkHistory(linesOf(without(goodHistory(), 'completed', { executionId: 'plain' })));
    expect(report.lost).toBe(1);
    expect(report.violations).toContainEqual({
      guarantee: 'one outcome',
      count: 1,
      examples: [
        {
          what: 'lost: it was accepted and has no outcome',
          execution: { accountId: 'account', executionId: 'plain' },
        },
      ],
    });
  });

  it('counts every violation and shows the first ten', () => {
    const stories = Array.from({ length: 50 }, (_, i) =>
      without(executionStory({ executionId: `lost ${i}`, at: i * 100 }), 'row'),
    );
    const [violation, ...others] = checkHistory(linesOf([SETTINGS, ...stories.flat()])).violations;
    expect(others).toEqual([]);
    expect(violation).toMatchObject({ guarantee: 'history complete', count: 50 });
    expect(violation?.examples).toHaveLength(10);
  });

  it.each([
    ['a cut line', '{"kind":"acce', 'invalid JSON'],
    ['an unknown kind', '{"kind":"rumour"}', 'unknown kind'],
    ['a line that is not an object', '17', 'unknown kind'],
  ])('rejects %s', (_, line, problem) => {
    expect(() => checkHistory([JSON.stringify(SETTINGS), line])).toThrow(problem);
  });

  it('rejects a history without a settings line', () => {
    expect(() => checkHistory(linesOf(without(goodHistory(), 'settings')))).toThrow('settings');
  });
});
