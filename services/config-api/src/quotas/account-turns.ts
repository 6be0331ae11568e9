import { ProblemError } from '../http/problem-error.ts';

interface AccountTurnsLimits {
  /** Maximum number of pieces of work of one account that run at the same time. */
  maxRunning: number;
  /** Maximum number of pieces of work of one account that wait for their turn. */
  maxWaiting: number;
  /** Time in ms after which waiting work is refused; if undefined, work waits without a time limit. */
  maxWaitMs?: number;
}

interface Turns {
  running: number;
  /** Waiting pieces of work, in the order of their arrival. */
  waiting: { start: () => void; refuse: (reason: ProblemError) => void }[];
}

const RETRY_AFTER_SECONDS = 2;

/** Calls `then` after `ms` milliseconds. */
type Later = (then: () => void, ms: number) => unknown;

const later: Later = (then, ms) => setTimeout(then, ms).unref();

/**
 * Limits the costly work of an account in one instance (R-023, ADR 27). Limits on request rates ignore the cost of a
 * request, but a few searches of a long history could occupy all connections to Postgres, which every account needs.
 */
export class AccountTurns {
  readonly #limits: AccountTurnsLimits;
  readonly #accounts = new Map<string, Turns>();

  readonly #later: Later;

  constructor(limits: AccountTurnsLimits, runLater: Later = later) {
    this.#limits = limits;
    this.#later = runLater;
  }

  /** Number of pieces of work, over all accounts, that wait for their turn. */
  get waiting(): number {
    return [...this.#accounts.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  /**
   * Runs a piece of work as soon as one of the turns of the account is free.
   * @param restMsOf time in ms for which the turn stays occupied after the work, so that an account's share of
   * resources such as the CPU is limited
   * @throws ProblemError 429 if too many pieces of work are already waiting, or if this piece has waited too long; 503
   * if the service stops while this piece waits
   */
  async run<T>(accountId: string, work: () => Promise<T>, restMsOf = (_result: T): number => 0): Promise<T> {
    const turns = this.#accounts.get(accountId) ?? { running: 0, waiting: [] };
    this.#accounts.set(accountId, turns);
    await this.#turn(turns);
    let restMs = 0;
    try {
      const result = await work();
      restMs = restMsOf(result);
      return result;
    } finally {
      if (restMs > 0) this.#later(() => this.#pass(accountId, turns), restMs);
      else this.#pass(accountId, turns);
    }
  }

  /** Ends a turn. If a piece of work is waiting, it takes over the turn, so `running` does not change. */
  #pass(accountId: string, turns: Turns): void {
    const next = turns.waiting.shift();
    if (next) next.start();
    else if (--turns.running === 0) this.#accounts.delete(accountId);
  }

  async #turn(turns: Turns): Promise<void> {
    const { maxRunning, maxWaiting, maxWaitMs } = this.#limits;
    if (turns.running < maxRunning) {
      turns.running += 1;
      return;
    }
    if (turns.waiting.length >= maxWaiting) throw tooMany(maxRunning);
    await new Promise<void>((start, refuse) => {
      const waiting = { start, refuse };
      turns.waiting.push(waiting);
      if (maxWaitMs === undefined) return;
      this.#later(() => {
        const place = turns.waiting.indexOf(waiting);
        if (place >= 0) turns.waiting.splice(place, 1);
        refuse(tooMany(maxRunning));
      }, maxWaitMs);
    });
  }

  /** Refuses all waiting work when the service stops. */
  release(): void {
    for (const { waiting } of this.#accounts.values()) {
      for (const { refuse } of waiting.splice(0)) refuse(stopping());
    }
  }
}

function stopping(): ProblemError {
  const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
  return new ProblemError(503, 'unavailable', 'The service is stopping; send the request again', { headers });
}

function tooMany(maxRunning: number): ProblemError {
  const detail = `The account has too many of these requests in progress; at most ${maxRunning} of them run at the same time. Wait ${RETRY_AFTER_SECONDS} s`;
  return new ProblemError(429, 'too_many_in_progress', detail, {
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}
