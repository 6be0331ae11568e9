import { withTimeout } from '@hookline/shared/runtime/with-timeout';

/** Things that arrive while a test runs, and waiting for them without polling. */
export interface Arrivals<T> {
  /** Everything so far, in order of arrival. */
  readonly all: readonly T[];
  add(item: T): void;
  /**
   * Resolves with the first defined result of `find`, which is tried now and after arrivals: once for all that come in
   * one turn of the event loop, since a story may have thousands of them.
   * @throws Error after `deadlineMs` that names what was wanted and shows what came instead
   */
  until<R>(find: (all: readonly T[]) => R | undefined, wish: Wish): Promise<R>;
}

/** What a wait is for, and how long it may take in ms. */
interface Wish {
  wanted: string;
  deadlineMs: number;
}

/** How long a wait for a signal may take unless the test says otherwise: a hang, not a speed limit. */
export const DEFAULT_DEADLINE_MS = 20_000;

const MOST_SHOWN = 30;

/** @param describe one line about an item, for the message of a wait that failed */
export function createArrivals<T>(describe: (item: T) => string): Arrivals<T> {
  const all: T[] = [];
  const waiting = new Set<() => void>();
  let willLook = false;
  const lookSoon = (): void => {
    if (willLook) return;
    willLook = true;
    setImmediate(() => {
      willLook = false;
      for (const look of waiting) look();
    });
  };
  return {
    all,
    add(item) {
      all.push(item);
      if (waiting.size > 0) lookSoon();
    },
    until<R>(find: (all: readonly T[]) => R | undefined, wish: Wish): Promise<R> {
      const result = Promise.withResolvers<R>();
      const look = (): void => {
        try {
          const found = find(all);
          if (found !== undefined) result.resolve(found);
        } catch (error) {
          result.reject(error);
        }
      };
      waiting.add(look);
      look();
      const late = (): never => {
        throw new Error(`waited ${wish.deadlineMs} ms for ${wish.wanted}; ${whatCame()}`);
      };
      return withTimeout(result.promise, wish.deadlineMs, late).finally(() => waiting.delete(look));
    },
  };

  function whatCame(): string {
    if (all.length === 0) return 'nothing came';
    const shown = all.slice(-MOST_SHOWN).map((item) => `  ${describe(item)}`);
    const earlier = all.length > shown.length ? ` (the last ${shown.length} of ${all.length})` : '';
    return `what came${earlier}:\n${shown.join('\n')}`;
  }
}
