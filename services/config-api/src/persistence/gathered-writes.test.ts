import { afterEach, expect, test } from '@jest/globals';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { GatheredWrites } from './gathered-writes.ts';

let gathered: GatheredWrites<string> | undefined;

afterEach(() => gathered?.stop());

function gather(write: (items: readonly string[]) => Promise<void>, everyMs = 3_600_000) {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  gathered = new GatheredWrites({ write, logger }, { name: 'uses of keys', everyMs, maxItems: 3 });
  return { gathered, lines };
}

test('stopping writes the last item of each key, in a single write and only once', async () => {
  const written: string[][] = [];
  const { gathered } = gather(async (items) => void written.push([...items]));
  await gathered.start();
  gathered.note('a', 'a1');
  gathered.note('b', 'b1');
  gathered.note('a', 'a2');
  await gathered.stop();
  await gathered.stop();
  expect(written).toEqual([['b1', 'a2']]);
});

test('items are written at the given interval', async () => {
  const written = createArrivals<string>(String);
  const { gathered } = gather(async (items) => written.add(items.join(' ')), 1);
  await gathered.start();
  gathered.note('a', 'a1');
  const untilWritten = written.until((all) => all.find((text) => text === 'a1'), {
    wanted: 'a1',
    deadlineMs: DEFAULT_DEADLINE_MS,
  });
  expect(await untilWritten).toBe('a1');
});

test('items that could not be written are kept, except replaced items and the oldest items beyond the maximum', async () => {
  let isAway = true;
  const written: string[][] = [];
  const { gathered, lines } = gather(async (items) => {
    if (isAway) {
      gathered.note('a', 'a2');
      gathered.note('d', 'd1');
      throw new Error('away');
    }
    written.push([...items]);
  });
  for (const name of ['a1', 'b1', 'c1']) gathered.note(name.slice(0, 1), name);
  await gathered.stop();
  expect(lines).toEqual([expect.stringContaining('written with the next items')]);
  isAway = false;
  await gathered.stop();
  expect(written).toEqual([['c1', 'a2', 'd1']]);
});
