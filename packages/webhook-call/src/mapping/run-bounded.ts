import { createContext, Script } from 'node:vm';

/** Needed only for the time limit; the work itself still runs in the main context. */
const sandbox = createContext({ run: (): unknown => undefined });
const call = new Script('run()');

/**
 * Runs synchronous work and aborts it after a time limit: a customer's filter or regular expression on an endpoint's
 * response must not block the event loop. V8 interrupts both loops and regular expressions. A worker would not help: it
 * would copy each document, and mappings would queue behind a slow one there instead of here. The memory that such work
 * uses is bounded by how much it can allocate in that time.
 * @returns the result, or undefined if the work was aborted
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
