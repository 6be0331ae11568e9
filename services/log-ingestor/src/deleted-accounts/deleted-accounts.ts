import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';

interface DeletedAccountsDeps {
  /** Reads the ids of accounts that were deleted in the last `withinMs`, or of all deleted accounts if it is null. */
  read(withinMs: number | null): Promise<string[]>;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

/**
 * Interval of the reads: far less than the minute after which config-api looks for rows of a deleted account for the
 * last time.
 */
export const READ_EVERY_MS = 2_000;
/**
 * Overlap of reads, because a deletion is dated with the start of its transaction, by another clock, and becomes
 * visible only with the commit.
 */
const OVERLAP_MS = 3_600_000;

/**
 * Ids of deleted accounts (ADR 42), so that none of their records are stored again. Reads all ids at the start, and
 * those of newly deleted accounts every two seconds. While Postgres is unavailable nothing is stored either, so the
 * known ids are enough.
 */
export class DeletedAccounts implements Component {
  readonly name = 'deleted accounts';
  readonly #deps: DeletedAccountsDeps;
  readonly #everyMs: number;
  readonly #ids = new Set<string>();
  #readAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #isStopped = false;

  constructor(deps: DeletedAccountsDeps, { everyMs }: { everyMs: number }) {
    this.#deps = deps;
    this.#everyMs = everyMs;
  }

  has(accountId: string): boolean {
    return this.#ids.has(accountId);
  }

  async start(): Promise<void> {
    this.#isStopped = false;
    if (this.#readAt === null) await this.#read();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#reading;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#reading = this.#follow();
    }, this.#everyMs);
  }

  async #follow(): Promise<void> {
    await this.#read().catch((error: unknown) =>
      this.#deps.logger.warn({ err: error }, 'could not read which accounts were deleted; trying again'),
    );
    this.#schedule();
  }

  async #read(): Promise<void> {
    const startedAt = this.#deps.now();
    const withinMs = this.#readAt === null ? null : startedAt - this.#readAt + OVERLAP_MS;
    for (const id of await this.#deps.read(withinMs)) this.#ids.add(id);
    this.#readAt = startedAt;
  }
}
