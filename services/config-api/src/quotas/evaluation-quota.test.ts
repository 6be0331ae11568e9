import { describe, expect, it } from '@jest/globals';
import { EvaluationQuota } from './evaluation-quota.ts';

describe('EvaluationQuota', () => {
  it('R-023: refuses a large definition while eight of the account are in progress, but not one of another account', () => {
    const quota = new EvaluationQuota();
    for (let index = 0; index < 8; index++) quota.begin('a');
    expect(() => quota.begin('a')).toThrow(
      expect.objectContaining({ status: 429, headers: { 'retry-after': '2' } }),
    );
    quota.begin('b');
    quota.end('a');
    quota.begin('a');
    expect(() => quota.begin('a')).toThrow('already has 8');
  });
});
