/** What waiting records take of the dispatcher's memory. */
export interface Load {
  records: number;
  bytes: number;
}

/** Who holds how much: everybody together, one account of them, one endpoint of that account. */
interface Holders {
  all: Load;
  account: Load;
  endpoint: Load;
}

/** A holder may have this many times as much as is still free. */
const SHARE = 2;

/**
 * Whether an endpoint may hold one record more. Pure.
 *
 * Dynamic queue thresholds, as in the shared buffer of a switch (Choudhury and Hahne, 1998): a holder may grow while it
 * has less than a fixed multiple of what is free, first the account among all accounts, then the endpoint within its
 * account's threshold. So a burst to a single endpoint may take four sevenths of an empty dispatcher, and no number of
 * greedy accounts can take all: the more is taken, the lower is everyone's threshold, and whoever holds little is
 * still let in.
 */
export function hasRoom(capacity: Load, { all, account, endpoint }: Holders): boolean {
  return (['records', 'bytes'] as const).every((measure) => {
    const accountThreshold = threshold(capacity[measure], all[measure]);
    const endpointThreshold = threshold(accountThreshold, account[measure]);
    return account[measure] < accountThreshold && endpoint[measure] < endpointThreshold;
  });
}

/** The most that a single holder may have while `used` of `capacity` is taken. */
export function threshold(capacity: number, used: number): number {
  return SHARE * Math.max(0, capacity - used);
}
