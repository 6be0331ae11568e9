import { expect, test } from '@jest/globals';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { PartitionKeeper } from './partition-keeper.ts';

function keeperOf(round: () => Promise<string[]>) {
  const metrics = createMetrics('test');
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  const dropped = metrics.counter('dropped_total', 'Dropped');
  return { keeper: new PartitionKeeper({ round, dropped, logger }), metrics, lines };
}

test('start resolves after the first round, which counts and logs the dropped partitions', async () => {
  const { keeper, metrics, lines } = keeperOf(() => Promise.resolve(['webhook_attempts_p20260301']));
  await keeper.start();
  await keeper.stop();
  expect(keeper.problem()).toBeNull();
  expect(await metrics.registry.metrics()).toContain('dropped_total{service="test"} 1');
  expect(lines).toEqual([expect.stringContaining('webhook_attempts_p20260301')]);
});

test('start resolves even if the first round fails, and the keeper then reports the problem', async () => {
  const { keeper, lines } = keeperOf(() => Promise.reject(new Error('database is away')));
  await keeper.start();
  await keeper.stop();
  expect(keeper.problem()).toContain('database is away');
  expect(lines).toHaveLength(1);
});
