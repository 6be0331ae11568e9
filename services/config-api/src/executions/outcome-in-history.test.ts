import { expect, test } from '@jest/globals';
import { outcomeInHistory } from './outcome-in-history.ts';

test('F17: the look-up is repeated until history has the outcome', async () => {
  const found = [null, null, 'outcome'];
  const lookUp = () => Promise.resolve(found.shift() ?? null);
  expect(await outcomeInHistory(lookUp, new AbortController().signal)).toBe('outcome');
  expect(found).toEqual([]);
});

test('F17: the look-up ends without an outcome when the wait is over', async () => {
  const ended = new AbortController();
  const looked = Promise.withResolvers<void>();
  const lookUp = () => {
    looked.resolve();
    return Promise.resolve(null);
  };
  const result = outcomeInHistory(lookUp, ended.signal);
  await looked.promise;
  ended.abort();
  expect(await result).toBeNull();
});
