import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { Gcra } from '@hookline/shared/runtime/gcra';
import type { QuotaPolicy } from './request-rates.ts';

/** Level of a bucket after a request. */
export interface QuotaLevel extends QuotaPolicy {
  /** Number of requests that may follow immediately. */
  remaining: number;
  /** Time until the bucket is full again, in ms. */
  fullInMs: number;
}

interface Taken {
  /** Levels of all quotas of the request. */
  levels: QuotaLevel[];
  /** Used-up quota with the longest wait, and that wait in ms; null if every quota admits the request. */
  refusal: { name: QuotaPolicy['name']; waitMs: number } | null;
}

/**
 * Token buckets of senders and accounts in the memory of this instance. Several instances together therefore admit a
 * multiple of each quota, but no request waits for a store. At most `maxBuckets` are kept. A new bucket replaces the
 * bucket that has admitted no request for the longest time, which is full again unless more than `maxBuckets` clients
 * flood the API.
 */
export class RequestQuotas {
  readonly #buckets: BoundedMap<string, Gcra>;

  constructor({ maxBuckets }: { maxBuckets: number }) {
    this.#buckets = new BoundedMap({ maxEntries: maxBuckets });
  }

  /** Counts a request against all its quotas, or against none of them if a quota is used up. */
  take(policies: readonly QuotaPolicy[], now: number): Taken {
    const looked = this.look(policies, now);
    if (looked.refusal) return looked;
    for (const policy of policies) {
      const bucket = this.#bucketOf(policy);
      bucket.take(policy.rate, now);
      this.#buckets.set(keyOf(policy), bucket);
    }
    return { levels: this.#levels(policies, now), refusal: null };
  }

  /**
   * Takes up to `count` requests, as many as all quotas admit.
   * @returns the number taken, and if it is less than `count`, the refusal of the next request
   */
  takeUpTo(policies: readonly QuotaPolicy[], count: number, now: number): Taken & { taken: number } {
    let result: Taken = this.look(policies, now);
    for (let taken = 0; taken < count; taken++) {
      result = this.take(policies, now);
      if (result.refusal) return { ...result, taken };
    }
    return { ...result, refusal: null, taken: count };
  }

  /** Returns the result of `take` without taking anything, so an admitted request is not counted in the levels. */
  look(policies: readonly QuotaPolicy[], now: number): Taken {
    const waits = policies.map((policy) => ({
      name: policy.name,
      waitMs: this.#bucketOf(policy).earliest(policy.rate, now) - now,
    }));
    const [longest] = waits.toSorted((a, b) => b.waitMs - a.waitMs);
    const refusal = longest && longest.waitMs > 0 ? longest : null;
    return { levels: this.#levels(policies, now), refusal };
  }

  #levels(policies: readonly QuotaPolicy[], now: number): QuotaLevel[] {
    return policies.map((policy) => {
      const bucket = this.#bucketOf(policy);
      return {
        ...policy,
        remaining: bucket.remaining(policy.rate, now),
        fullInMs: Math.max(bucket.tat - now, 0),
      };
    });
  }

  #bucketOf(policy: QuotaPolicy): Gcra {
    return this.#buckets.get(keyOf(policy)) ?? new Gcra();
  }
}

function keyOf({ name, ownerId }: QuotaPolicy): string {
  return `${name} ${ownerId}`;
}
