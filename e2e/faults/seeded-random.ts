/** Randomness that a seed repeats. */
export interface Random {
  /** From 0 to under 1. */
  next(): number;
  /** From `low` to under `high`. */
  between(low: number, high: number): number;
  /** One of them, each as likely. */
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
      const picked = list[Math.floor(next() * list.length)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
  };
}
