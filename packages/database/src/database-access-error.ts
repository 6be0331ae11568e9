import { tlsProblem } from '@hookline/shared/runtime/tls-problem';
import type { Unreachable } from '@hookline/shared/runtime/waiting-step';

/** Error for a certificate of Postgres that is not accepted; its message explains what to change. */
class DatabaseAccessError extends Error {
  override readonly name = 'DatabaseAccessError';
}

/**
 * Turns a connection error into a DatabaseAccessError if a certificate is the cause; returns any other error
 * unchanged, because its message is clear enough.
 */
export function explainDatabaseError(error: unknown): unknown {
  const problem = tlsProblem(error, { name: 'Postgres', caVariable: 'DATABASE_CA_FILE' });
  return problem === null ? error : new DatabaseAccessError(problem, { cause: error });
}

/** Error codes of Node for a connection that failed or broke, and of Postgres while it starts or stops. */
const AWAY = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  // admin_shutdown, crash_shutdown, cannot_connect_now
  '57P01',
  '57P02',
  '57P03',
]);
/** Messages of pg for a connection that was lost or not opened in time; these errors have no code. */
const BROKEN_OFF = /^(Connection terminated|timeout expired)/;

/** Reports why Postgres cannot be reached right now; null for any other error, which waiting would not fix. */
export function whyDatabaseUnreachable(error: unknown): Unreachable | null {
  if (!(error instanceof Error)) return null;
  const { code = '', message } = error as { code?: string; message: string };
  if (!AWAY.has(code) && !BROKEN_OFF.test(message)) return null;
  // For a name with several addresses, Node reports an AggregateError without a message.
  return { reason: message || code, maxWaitMs: Infinity };
}
