import { tlsProblem } from '@hookline/shared/runtime/tls-problem';

/** The certificate of Postgres is not accepted; the message says what to change. */
export class DatabaseAccessError extends Error {
  override readonly name = 'DatabaseAccessError';
}

/** A failed connection as a DatabaseAccessError if a certificate is at fault, else as it is: Postgres explains the rest. */
export function explainConnection(error: unknown): unknown {
  const problem = tlsProblem(error, { name: 'Postgres', caVariable: 'DATABASE_CA_FILE' });
  return problem === null ? error : new DatabaseAccessError(problem, { cause: error });
}
