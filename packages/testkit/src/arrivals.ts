import { withTimeout } from '@hookline/shared/runtime/with-timeout';

/** Items that arrive while a test runs, and a way to wait for them without polling. */
export interface Arrivals<T> {
  /** All items so far, in order of arrival. */
  readonly all: readonly T[];
  add(item: T): void;
  /**
   * Resolves with the first defined result of `find`, which is called immediately and then once for all items that
   * arrive in a turn of the event loop, not once per item, because thousands of items may arrive in a story.
   * @throws Error that names `wanted` and lists what arrived instead, after `deadlineMs`
   */
  until<R>(find: (all: readonly T[]) => R | undefined, wish: Wish): Promise<R>;
}

/** The item that is awaited, described for the error message, and the time limit in ms. */
interface Wish {
  wanted: string;
  deadlineMs: number;
}

/**
 * Default time limit for a wait. It only detects hangs: on a busy machine at a third of its usual speed, a wait that
 * usually takes a second has taken half a minute.
 */
export const DEFAULT_DEADLINE_MS = 90_000;

const MAX_SHOWN = 30;

/** @param describe formats an item as one line in the error message of a wait that failed */
export function createArrivals<T>(describe: (item: T) => string): Arrivals<T> {
  const all: T[] = [];
  const waiting = new Set<() => void>();
  let willCheck = false;
  const checkSoon = (): void => {
    if (willCheck) return;
    willCheck = true;
    setImmediate(() => {
      willCheck = false;
      for (const check of waiting) check();
    });
  };
  return {
    all,
    add(item) {
      all.push(item);
      if (waiting.size > 0) checkSoon();
    },
    until<R>(find: (all: readonly T[]) => R | undefined, wish: Wish): Promise<R> {
      const result = Promise.withResolvers<R>();
      const check = (): void => {
        try {
          const found = find(all);
          if (found !== undefined) result.resolve(found);
        } catch (error) {
          result.reject(error);
        }
      };
      waiting.add(check);
      check();
      const late = (): never => {
        throw new Error(`waited ${wish.deadlineMs} ms for ${wish.wanted}; ${describeArrivals()}`);
      };
      return withTimeout(result.promise, wish.deadlineMs, late).finally(() => waiting.delete(check));
    },
  };

  function describeArrivals(): string {
    if (all.length === 0) return 'nothing arrived';
    const shown = all.slice(-MAX_SHOWN).map((item) => `  ${describe(item)}`);
    const earlier = all.length > shown.length ? ` (the last ${shown.length} of ${all.length})` : '';
    return `arrived${earlier}:\n${shown.join('\n')}`;
  }
}
