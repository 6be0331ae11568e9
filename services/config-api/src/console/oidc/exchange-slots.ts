import { LineLimit } from '@hookline/shared/runtime/line-limit';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { FailureLimiter } from '../../http/failure-limiter.ts';

/** Maximum number of exchanges with the provider at the same time; each makes up to four calls. */
const MAX_EXCHANGES = 20;
/** Maximum number of exchanges from one client address at the same time, so that no address can use up all slots. */
const MAX_EXCHANGES_PER_ADDRESS = 3;
/** Minimum interval in ms between log lines about refusals with the same cause. */
const LOG_EVERY_MS = 60_000;

type Cause = 'failures' | 'exchanges' | 'exchanges of the address';

interface ExchangeSlotsDeps {
  failures: FailureLimiter;
  now: () => number;
  logger: Logger;
}

/**
 * Limits how many exchanges with the identity provider run at the same time, in total and for each client address.
 * Refuses addresses that have failed too often.
 */
export class ExchangeSlots {
  readonly #deps: ExchangeSlotsDeps;
  readonly #lines = new LineLimit<Cause>({ everyMs: LOG_EVERY_MS });
  /** Number of exchanges in progress, by client address. */
  readonly #byAddress = new Map<string, number>();
  #exchanges = 0;

  constructor(deps: ExchangeSlotsDeps) {
    this.#deps = deps;
  }

  /**
   * Returns a slot, which must be disposed of after the exchange. Returns null and logs a refusal, at most once a
   * minute for each cause, if too many exchanges are running or the address has failed too often.
   */
  enter(address: string): Disposable | null {
    const cause = this.#refusal(address);
    if (cause !== null) {
      this.#log(cause, address);
      return null;
    }
    this.#count(address, 1);
    return { [Symbol.dispose]: () => this.#count(address, -1) };
  }

  #refusal(address: string): Cause | null {
    const { failures, now } = this.#deps;
    if (failures.retryAfterSeconds(address, now()) > 0) return 'failures';
    if (this.#exchanges >= MAX_EXCHANGES) return 'exchanges';
    return this.#of(address) >= MAX_EXCHANGES_PER_ADDRESS ? 'exchanges of the address' : null;
  }

  #log(cause: Cause, address: string): void {
    const suppressed = this.#lines.pass(cause, this.#deps.now());
    if (suppressed === null) return;
    this.#deps.logger.warn(
      { cause, address, suppressed },
      'refused a sign-in through the provider, because too many are in progress or have failed; the person can try again in a minute',
    );
  }

  #count(address: string, change: 1 | -1): void {
    this.#exchanges += change;
    const exchanges = this.#of(address) + change;
    if (exchanges > 0) this.#byAddress.set(address, exchanges);
    else this.#byAddress.delete(address);
  }

  #of(address: string): number {
    return this.#byAddress.get(address) ?? 0;
  }
}
