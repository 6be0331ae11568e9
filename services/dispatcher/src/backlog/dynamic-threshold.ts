/** Number of records, and the sum of their bytes. */
export interface Load {
  records: number;
  bytes: number;
}

/** Current load of each holder: all accounts together, one account, and one endpoint of that account. */
interface Holders {
  all: Load;
  account: Load;
  endpoint: Load;
}

/** A holder may use up to this multiple of what is still free. */
const SHARE = 2;

/**
 * Returns whether an endpoint may hold one more record. Pure.
 *
 * Dynamic queue thresholds, as in the shared buffer of a switch (Choudhury and Hahne, 1998): a holder may grow while it
 * has less than a fixed multiple of what is free. The rule applies first to the account among all accounts, then to the
 * endpoint within its account's threshold. A burst to a single endpoint may therefore use four sevenths of an empty
 * dispatcher, and no number of greedy accounts can use all of it: the more is in use, the lower every threshold is, so
 * that a small holder is still admitted.
 */
export function hasRoom(capacity: Load, { all, account, endpoint }: Holders): boolean {
  return (['records', 'bytes'] as const).every((measure) => {
    const accountThreshold = threshold(capacity[measure], all[measure]);
    const endpointThreshold = threshold(accountThreshold, account[measure]);
    return account[measure] < accountThreshold && endpoint[measure] < endpointThreshold;
  });
}

/** Returns how much a single holder may have while `used` of `capacity` is in use. */
export function threshold(capacity: number, used: number): number {
  return SHARE * Math.max(0, capacity - used);
}
