/** Random numbers that a seed reproduces. */
export interface Random {
  /** Draws uniformly from [0, 1). */
  next(): number;
  /** Draws uniformly from [`low`, `high`). */
  between(low: number, high: number): number;
  /** Draws one element; all are equally likely. @throws Error for an empty list */
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32: 32 bits of state, plenty for a schedule of faults. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (list) => {
      const element = list[Math.floor(next() * list.length)];
      if (element === undefined) throw new Error('the list to pick from is empty');
      return element;
    },
  };
}
