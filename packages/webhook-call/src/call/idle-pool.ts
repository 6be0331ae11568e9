/** Limits of an `IdlePool`, in items. */
export interface IdleLimits {
  max: number;
  maxPerAccount: number;
  /** Items of one account at one origin. */
  maxPerOrigin: number;
}

/** Properties by which an item is found. */
export interface IdleItem {
  accountId: string;
  /** `scheme://host[:port]` */
  origin: string;
  /** Items with different values of this field are never interchangeable. */
  verifyCertificate: boolean;
}

/**
 * Idle connections, kept for the next call of the same account to the same origin. They are never shared between
 * accounts, because an endpoint may misread the body of a request as a second request, and send the response to the
 * second request on the same connection.
 *
 * An item that exceeds a limit replaces the item that has been idle longest of those that count towards that limit. An
 * account that calls very many origins therefore replaces its own connections, and not those of other accounts.
 */
export class IdlePool<T extends IdleItem> {
  readonly #limits: IdleLimits;
  /** In insertion order, which is how a Set iterates. */
  readonly #all = new Set<T>();
  readonly #byAccount = new Map<string, Set<T>>();
  /** Each list ends with its newest item. */
  readonly #byOrigin = new Map<string, T[]>();

  constructor(limits: IdleLimits) {
    this.#limits = limits;
  }

  has(item: T): boolean {
    return this.#all.has(item);
  }

  /** @returns the items that no longer fit and were removed; `item` is never among them */
  add(item: T): T[] {
    const ofAccount = this.#byAccount.get(item.accountId) ?? new Set();
    const ofOrigin = this.#byOrigin.get(keyOf(item)) ?? [];
    this.#byAccount.set(item.accountId, ofAccount.add(item));
    this.#byOrigin.set(keyOf(item), ofOrigin);
    ofOrigin.push(item);
    this.#all.add(item);
    const { max, maxPerAccount, maxPerOrigin } = this.#limits;
    return [
      ...this.#removeOldest(ofOrigin, ofOrigin.length > maxPerOrigin),
      ...this.#removeOldest(ofAccount, ofAccount.size > maxPerAccount),
      ...this.#removeOldest(this.#all, this.#all.size > max),
    ];
  }

  /** Removes and returns the matching item that was added last, which the other side is least likely to close. */
  takeNewest(wanted: IdleItem): T | undefined {
    const newest = this.#byOrigin.get(keyOf(wanted))?.at(-1);
    if (newest) this.remove(newest);
    return newest;
  }

  remove(item: T): void {
    if (!this.#all.delete(item)) return;
    const ofAccount = this.#byAccount.get(item.accountId);
    ofAccount?.delete(item);
    if (ofAccount?.size === 0) this.#byAccount.delete(item.accountId);
    const ofOrigin = this.#byOrigin.get(keyOf(item)) ?? [];
    // Searches from the end, because the removed item is usually the newest.
    ofOrigin.splice(ofOrigin.lastIndexOf(item), 1);
    if (ofOrigin.length === 0) this.#byOrigin.delete(keyOf(item));
  }

  #removeOldest(items: Iterable<T>, isOver: boolean): T[] {
    if (!isOver) return [];
    const [oldest] = items;
    if (!oldest) return [];
    this.remove(oldest);
    return [oldest];
  }
}

/** Builds the key to find an item. Neither a boolean nor an origin contains a space, so the key is unambiguous. */
export function keyOf({ accountId, origin, verifyCertificate }: IdleItem): string {
  return `${verifyCertificate} ${origin} ${accountId}`;
}
