import { createContext, Script } from 'node:vm';

/** A context that is needed only for the time limit; the work itself runs in the main context. */
const sandbox = createContext({ run: (): unknown => undefined });
const call = new Script('run()');

/**
 * Runs synchronous work and aborts it after a time limit. V8 interrupts loops and regular expressions, but not builtins
 * such as `JSON.parse`, and each run costs 0.2 ms, so this limit cannot protect an event loop. In a worker, it avoids
 * most terminations of the thread, which would lose its compiled definitions.
 * @returns the result, or undefined if the work was aborted
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
