import { expect, it, jest } from '@jest/globals';
import { createLogger } from '../../runtime/logger.ts';
import { untilLeft } from './until-left.ts';

function logged() {
  const lines: unknown[] = [];
  const write = (line: string): void => void lines.push((JSON.parse(line) as { msg: unknown }).msg);
  return { lines, logger: createLogger('test', 'info', { write }) };
}

it('untilLeft waits until a consumer has left, and logs nothing', async () => {
  const { lines, logger } = logged();
  const leaving = Promise.withResolvers<void>();
  const left = untilLeft(leaving.promise, logger);
  leaving.resolve();
  await left;
  expect(lines).toEqual([]);
});

it('untilLeft stops waiting for a consumer that never leaves', async () => {
  const { lines, logger } = logged();
  jest.useFakeTimers();
  try {
    const left = untilLeft(new Promise(() => undefined), logger);
    jest.advanceTimersByTime(9_999);
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(1);
    await left;
    expect(lines).toEqual([
      'Kafka did not confirm that this consumer left its group; stopping without waiting any longer',
    ]);
  } finally {
    jest.useRealTimers();
  }
});

it('untilLeft rejects with the error if leaving fails', async () => {
  const leaving = Promise.reject(new Error('not connected'));
  await expect(untilLeft(leaving, logged().logger)).rejects.toThrow('not connected');
});
