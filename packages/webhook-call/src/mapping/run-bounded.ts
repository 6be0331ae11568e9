import { createContext, Script } from 'node:vm';

/** Runs in the main context all the same; a context is only what carries the time limit. */
const sandbox = createContext({ run: (): unknown => undefined });
const call = new Script('run()');

/**
 * Runs synchronous work and breaks it off after a time: a customer's filter or regular expression on a stranger's
 * answer must not hold the event loop. V8 interrupts loops and regular expressions alike. A worker would bound no more:
 * it would copy each document, and mappings would queue behind the one that is broken off there instead of here. What
 * such work holds in memory is bounded by how much it can make in that time.
 * @returns the result, or undefined if the time was over
 */
export function runBounded<T>(work: () => T, timeoutMs: number): T | undefined {
  if (timeoutMs < 1) return undefined;
  sandbox.run = work;
  try {
    return call.runInContext(sandbox, { timeout: Math.ceil(timeoutMs) }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    sandbox.run = () => undefined;
  }
}
