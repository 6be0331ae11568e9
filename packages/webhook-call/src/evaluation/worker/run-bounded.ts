import { createContext, Script } from 'node:vm';

/** Runs in the main context all the same; a context is only what carries the time limit. */
const sandbox = createContext({ run: (): unknown => undefined });
const call = new Script('run()');

/**
 * Runs synchronous work and breaks it off after a time. V8 interrupts loops and regular expressions, but no builtin such as
 * `JSON.parse`, and each run costs 0.2 ms: this is no protection for an event loop. In a worker it spares most evaluations
 * that run out of time the end of their thread, and the thread its compiled definitions.
 * @returns the result, or undefined if the time was over
 */
export function runBounded<T>(work: () => T, timeoutMs: number): T | undefined {
  sandbox.run = work;
  try {
    return call.runInContext(sandbox, { timeout: Math.max(1, Math.ceil(timeoutMs)) }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    sandbox.run = () => undefined;
  }
}
