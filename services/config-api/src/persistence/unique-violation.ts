import { QueryFailedError } from 'typeorm';

const UNIQUE_VIOLATION = '23505';

/** Returns whether a statement failed because another transaction inserted the same key first. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof QueryFailedError && codeOf(error.driverError) === UNIQUE_VIOLATION;
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
