import { DataRefusedError } from './history-writer.ts';

/** Result of storing items: each is in one of the two lists. */
interface StoredByHalves<T> {
  stored: T[];
  refused: { item: T; error: DataRefusedError }[];
}

/**
 * Stores items, all in one transaction if the store accepts them. If the store rejects the transaction, finds the
 * rejected items by halving, at the cost of about 2·log2(n) transactions each, and stores the others.
 * @param write runs one transaction; throws DataRefusedError if the store rejects the data
 * @throws the error of `write` if the store itself fails; halves that are already stored remain stored
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
