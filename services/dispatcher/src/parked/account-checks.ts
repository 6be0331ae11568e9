import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { ParkedGroup } from './parked-attempts.ts';

interface AccountChecksDeps {
  groupsOf: (accountId: string) => readonly ParkedGroup[];
  /** Releases one group unless it stays parked; may decompress a definition, which takes about 0.1 ms. */
  check: (group: ParkedGroup) => void;
  now: () => number;
}

/** Number of groups that are checked in one turn of the event loop. */
const GROUPS_PER_TURN = 32;
/**
 * After a check, the account is not checked again for this many times the duration of that check, so that its checks
 * take at most a tenth of the time.
 */
const REST_FACTOR = 9;
const POLL_MS = 50;

/**
 * Checks all parked groups of accounts whose settings have changed, a few per turn. An account with thousands of parked
 * actions and constantly changing settings is checked less often, and does not delay other accounts.
 */
export class AccountChecks {
  readonly #deps: AccountChecksDeps;
  readonly #asked = new Set<string>();
  readonly #notBefore = new Map<string, number>();
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(deps: AccountChecksDeps) {
    this.#deps = deps;
  }

  /** Requests a check of an account; the check may begin during this call. */
  ask(accountId: string): void {
    if (this.#isStopped || this.#deps.groupsOf(accountId).length === 0) return;
    this.#asked.add(accountId);
    this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // A check may have been requested in the turn in which the last check ended.
      if (this.#asked.size > 0 && !this.#isStopped) this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#asked.size > 0 && !this.#isStopped) {
      const now = this.#deps.now();
      for (const [id, until] of this.#notBefore) if (until <= now) this.#notBefore.delete(id);
      const next = [...this.#asked].find((id) => !this.#notBefore.has(id));
      if (next === undefined) await sleep(POLL_MS);
      else await this.#checkAccount(next);
    }
  }

  async #checkAccount(accountId: string): Promise<void> {
    const { groupsOf, check, now } = this.#deps;
    // Removed before the first group is checked, so that a change during the check requests another check.
    this.#asked.delete(accountId);
    const startedAt = now();
    for (const [index, group] of groupsOf(accountId).entries()) {
      if (index % GROUPS_PER_TURN === GROUPS_PER_TURN - 1) await nextTurn();
      if (this.#isStopped) return;
      check(group);
    }
    this.#notBefore.set(accountId, now() + (now() - startedAt) * REST_FACTOR);
  }
}
