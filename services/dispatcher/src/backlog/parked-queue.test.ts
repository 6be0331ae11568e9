import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ParkedQueue, type Queued } from './parked-queue.ts';

interface Item extends Queued {
  n: number;
}

/** Reference implementation with an array. */
class Model {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    return this.#items.shift();
  }

  pop(): Item | undefined {
    return this.#items.pop();
  }

  remove(item: Item): boolean {
    const place = this.#items.indexOf(item);
    if (place !== -1) this.#items.splice(place, 1);
    return place !== -1;
  }
}

type Step = 'push' | 'shift' | 'pop' | { remove: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('push') },
  { weight: 2, arbitrary: fc.constantFrom('shift', 'pop') },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat() }) },
);

/** Collects everything the queue returns for these steps. */
function answers(
  queue: Model | ParkedQueue<Item>,
  steps: readonly Step[],
  items: readonly Item[],
): unknown[] {
  let pushed = 0;
  const take = (one: Step): unknown => {
    if (one === 'push') return queue.push(items[pushed++] as Item);
    if (one === 'shift') return queue.shift();
    if (one === 'pop') return queue.pop();
    return pushed > 0 && queue.remove(items[one.remove % pushed] as Item);
  };
  return steps.flatMap((one) => [take(one), queue.size]);
}

test('a queue behaves as an array does, whatever is removed from it, in any order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const items = (): Item[] => steps.map((_, n) => ({ n, hasLeft: false }));
      const numbers = (all: unknown[]): unknown[] => all.map((one) => (one as Item | undefined)?.n ?? one);
      const expected = numbers(answers(new Model(), steps, items()));
      expect(numbers(answers(new ParkedQueue(), steps, items()))).toEqual(expected);
    }),
  );
});

test('a long queue keeps its order when the gap at its head is closed', () => {
  const queue = new ParkedQueue<Item>();
  for (let n = 0; n < 5_000; n++) queue.push({ n, hasLeft: false });
  const taken: (number | undefined)[] = [];
  for (let i = 0; i < 4_000; i++) taken.push(queue.shift()?.n);
  queue.push({ n: 5_000, hasLeft: false });
  while (queue.size > 0) taken.push(queue.shift()?.n);
  expect(taken).toEqual(Array.from({ length: 5_001 }, (_, n) => n));
});
