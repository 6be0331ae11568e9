/**
 * SQLSTATEs that mean that the server is not available: 08 (connection exception), 53 (insufficient resources), 57P
 * (operator intervention), and 57014 (a statement that was cancelled at its time limit and has changed nothing).
 */
const AWAY_STATES = /^(?:08|53|57P|57014$)/;
const AWAY_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
/** Messages of errors to which pg assigns no code. */
const AWAY_MESSAGES = [
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Connection terminated',
  'Client has encountered a connection error',
];

/**
 * Returns whether an error of pg or TypeORM means that Postgres could not be reached or did not accept the query,
 * rather than that the query failed.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && (AWAY_CODES.has(code) || AWAY_STATES.test(code))) return true;
  if (AWAY_MESSAGES.some((message) => error.message.startsWith(message))) return true;
  // TypeORM wraps the error of the driver.
  return driverError !== undefined && isDatabaseAway(driverError);
}
