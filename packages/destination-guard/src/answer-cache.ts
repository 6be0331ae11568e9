import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

interface CachedAnswer {
  addresses: readonly string[];
  expiresAt: number;
}

/**
 * Keeps DNS answers by name, and returns them until they expire. Pure: times are in ms of the caller's monotonic clock.
 */
export class AnswerCache {
  readonly #answers: BoundedMap<string, CachedAnswer>;

  constructor({ maxNames }: { maxNames: number }) {
    this.#answers = new BoundedMap({ maxEntries: maxNames });
  }

  get size(): number {
    return this.#answers.size;
  }

  get(name: string, now: number): readonly string[] | undefined {
    const answer = this.#answers.get(name);
    return answer && answer.expiresAt > now ? answer.addresses : undefined;
  }

  /** Adds an answer and drops the oldest answers that have expired. */
  add(name: string, answer: CachedAnswer, now: number): void {
    // Stops at the first answer that is still valid, so that the cost per answer is constant. An expired answer behind
    // it is dropped later, in its turn.
    for (const [oldest, { expiresAt }] of this.#answers.entries()) {
      if (expiresAt > now) break;
      this.#answers.delete(oldest);
    }
    this.#answers.set(name, answer);
  }
}
