/** A member of a group and the partition numbers that it holds now. */
export interface Holder {
  memberId: string;
  partitions: readonly number[];
}

/**
 * Distributes partition numbers evenly (shares differ by at most one) and moves as few of them as possible: a member
 * keeps the numbers that it holds, up to its share. Pure and independent of the order of the members.
 * @param count number of partitions, numbered from 0
 */
export function stickyShares(holders: readonly Holder[], count: number): Map<string, number[]> {
  const members = holders.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const minShare = Math.floor(count / members.length);
  let extras = count % members.length;
  const free = new Set(Array.from({ length: count }, (_, partition) => partition));
  const shares = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
  for (const { memberId, partitions } of members) {
    const held = [...new Set(partitions)].filter((partition) => free.has(partition)).sort((a, b) => a - b);
    const quota = held.length > minShare && extras > 0 ? minShare + 1 : minShare;
    if (quota > minShare) extras--;
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
  for (const share of shares.values()) fill(share, minShare);
  for (const share of shares.values()) if (share.length === minShare) fill(share, minShare + 1);
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}
