import { DataRefusedError } from './history-writer.ts';

/** What became of the items: each is in one of the two. */
interface StoredByHalves<T> {
  stored: T[];
  refused: { item: T; error: DataRefusedError }[];
}

/**
 * Stores items, all in one transaction if the store takes them. If it refuses, the refused items are found by halving, each at
 * the cost of about 2·log2(n) transactions, and the others are stored.
 * @param write one transaction; throws DataRefusedError if the store refuses what it is given
 * @throws what `write` throws if the store is in trouble; halves that were stored by then stay
 */
export async function storeByHalves<T>(
  items: readonly T[],
  write: (items: readonly T[]) => Promise<void>,
): Promise<StoredByHalves<T>> {
  if (items.length === 0) return { stored: [], refused: [] };
  try {
    await write(items);
    return { stored: [...items], refused: [] };
  } catch (error) {
    if (!(error instanceof DataRefusedError)) throw error;
    const [only, ...others] = items;
    if (only !== undefined && others.length === 0) return { stored: [], refused: [{ item: only, error }] };
  }
  const middle = Math.ceil(items.length / 2);
  const first = await storeByHalves(items.slice(0, middle), write);
  const second = await storeByHalves(items.slice(middle), write);
  return {
    stored: [...first.stored, ...second.stored],
    refused: [...first.refused, ...second.refused],
  };
}
