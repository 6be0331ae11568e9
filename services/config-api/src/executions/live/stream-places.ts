import type { ApiCaller } from '../../http/caller.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { senderOf } from '../../http/request-rates.ts';

/** Maximum numbers of streams open at the same time in this instance (ADR 47). */
interface StreamLimits {
  perInstance: number;
  perAccount: number;
  /** Maximum for one API key, person or portal. */
  perSender: number;
}

export const STREAM_LIMITS: StreamLimits = { perInstance: 500, perAccount: 50, perSender: 20 };

const RETRY_AFTER_SECONDS = 15;

/** Counts the open streams of the instance, of each account and of each sender. */
export class StreamPlaces {
  readonly #limits: StreamLimits;
  readonly #counts = new Map<string, number>();
  #open = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  /**
   * Counts a stream. Dispose of the result when the stream has ended.
   * @throws ProblemError 429 if a maximum is reached
   */
  take(caller: ApiCaller, accountId: string): Disposable {
    const { perInstance, perAccount, perSender } = this.#limits;
    const names = [`account ${accountId}`, caller.kind === 'admin' ? 'admin' : `sender ${senderOf(caller)}`];
    const [ofAccount = 0, ofSender = 0] = names.map((name) => this.#counts.get(name));
    if (ofSender >= perSender) throw tooMany(`This caller has ${perSender} open streams`);
    if (ofAccount >= perAccount) throw tooMany(`The account has ${perAccount} open streams`);
    if (this.#open >= perInstance) throw tooMany('This instance has the maximum number of open streams');
    this.#open += 1;
    for (const name of names) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (isTaken) this.#giveBack(names);
        isTaken = false;
      },
    };
  }

  #giveBack(names: readonly string[]): void {
    this.#open -= 1;
    for (const name of names) {
      const left = (this.#counts.get(name) ?? 0) - 1;
      if (left > 0) this.#counts.set(name, left);
      else this.#counts.delete(name);
    }
  }
}

function tooMany(what: string): ProblemError {
  const detail = `${what}; close one of them, or try again in ${RETRY_AFTER_SECONDS} s`;
  return new ProblemError(429, 'too_many_streams', detail, {
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}
