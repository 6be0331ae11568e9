import { withTimeout } from './with-timeout.ts';

/** A signal that is not lost if nothing waits when `ring` is called: the next wait then returns immediately. */
export class WakeSignal {
  #isRung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Resolves when `ring` is called, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#isRung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await withTimeout(promise, timeoutMs, () => undefined);
      this.#wake = null;
    }
    this.#isRung = false;
  }
}
