import { withTimeout } from '@hookline/shared/runtime/with-timeout';

/** A doorbell: if it rings while nothing waits, the next wait returns at once. */
interface WakeSignal {
  ring(): void;
  /** Resolves when `ring` is called, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>;
}

export function createWakeSignal(): WakeSignal {
  let rung = false;
  let answer: (() => void) | null = null;
  return {
    ring: () => {
      rung = true;
      answer?.();
    },
    wait: async (timeoutMs) => {
      if (!rung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        answer = resolve;
        await withTimeout(promise, timeoutMs, () => undefined);
        answer = null;
      }
      rung = false;
    },
  };
}
