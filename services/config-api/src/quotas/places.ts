import type { ApiCaller } from '../http/caller.ts';
import { senderOf } from '../http/request-rates.ts';

/** Maximum numbers of places that are taken at the same time in this instance. */
export interface PlaceLimits {
  perInstance: number;
  perAccount: number;
  /** Maximum for one API key, person or portal; all callers with admin rights together count as one. */
  perSender: number;
}

/** Limits how many long-lived requests (streams or waits) are open in the instance, per account and per sender. */
export class Places {
  readonly limits: PlaceLimits;
  readonly #counts = new Map<string, number>();
  #taken = 0;

  constructor(limits: PlaceLimits) {
    this.limits = limits;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes a place; disposing of the result frees it. If a maximum has been reached, returns its name instead. */
  take(caller: ApiCaller, accountId: string): Disposable | keyof PlaceLimits {
    const { perInstance, perAccount, perSender } = this.limits;
    const names = [`account ${accountId}`, caller.kind === 'admin' ? 'admin' : `sender ${senderOf(caller)}`];
    const [ofAccount = 0, ofSender = 0] = names.map((name) => this.#counts.get(name));
    if (ofSender >= perSender) return 'perSender';
    if (ofAccount >= perAccount) return 'perAccount';
    if (this.#taken >= perInstance) return 'perInstance';
    this.#taken += 1;
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
    this.#taken -= 1;
    for (const name of names) {
      const left = (this.#counts.get(name) ?? 0) - 1;
      if (left > 0) this.#counts.set(name, left);
      else this.#counts.delete(name);
    }
  }
}
