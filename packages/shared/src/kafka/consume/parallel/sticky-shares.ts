/** A member of a group and the partition numbers it has now. */
export interface Holder {
  memberId: string;
  partitions: readonly number[];
}

/**
 * Shares partition numbers evenly (no two members differ by more than one) and moves as few as that allows: whoever
 * has a number keeps it up to its share. Pure, and the same whatever the order of the members.
 * @param count numbers 0 to count - 1
 */
export function stickyShares(holders: readonly Holder[], count: number): Map<string, number[]> {
  const members = holders.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const least = Math.floor(count / members.length);
  let extras = count % members.length;
  const free = new Set(Array.from({ length: count }, (_, partition) => partition));
  const shares = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
  for (const { memberId, partitions } of members) {
    const held = [...new Set(partitions)].filter((partition) => free.has(partition)).sort((a, b) => a - b);
    const quota = held.length > least && extras > 0 ? least + 1 : least;
    if (quota > least) extras--;
    const kept = held.slice(0, quota);
    for (const partition of kept) free.delete(partition);
    shares.set(memberId, kept);
  }
  const spare = free.values();
  const fill = (share: number[], size: number): void => {
    while (share.length < size) {
      const { value } = spare.next();
      if (value === undefined) return;
      share.push(value);
    }
  };
  for (const share of shares.values()) fill(share, least);
  for (const share of shares.values()) if (share.length === least) fill(share, least + 1);
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}
