import { describe, expect, it } from '@jest/globals';
import { goodHistory } from '../testing/hand-made.ts';
import { changed, findingsOf, without } from '../testing/findings.ts';
import { trueOutcome } from './true-outcome.ts';

const good = goodHistory();

describe('true outcome', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(trueOutcome, good)).toEqual([]);
  });

  it('finds a success without a call', () => {
    expect(findingsOf(trueOutcome, without(good, 'call', { executionId: 'plain' }))).toEqual([
      'plain: success at attempt 1, but the endpoint recorded no call',
    ]);
  });

  it('finds a success for which the endpoint returned an error', () => {
    const refused = changed(good, 'call', { executionId: 'retried', attempt: 3 }, { status: 500 });
    expect(findingsOf(trueOutcome, refused)).toEqual([
      'retried: success at attempt 3, but the endpoint recorded 500',
    ]);
  });

  it('finds an error for which the endpoint returned a success', () => {
    const accepted = changed(good, 'call', { executionId: 'failed', attempt: 2 }, { status: 204 });
    expect(findingsOf(trueOutcome, accepted)).toEqual([
      'failed: error at attempt 2, but the endpoint recorded 2xx',
    ]);
  });

  it('does not count a redirect as a success', () => {
    const redirected = changed(good, 'call', { executionId: 'plain' }, { status: 302 });
    expect(findingsOf(trueOutcome, redirected)).toEqual([
      'plain: success at attempt 1, but the endpoint recorded 302',
    ]);
  });

  it('accepts an error without a call', () => {
    const expired = without(good, 'call', { executionId: 'failed', attempt: 2 });
    expect(findingsOf(trueOutcome, expired)).toEqual([]);
  });
});
