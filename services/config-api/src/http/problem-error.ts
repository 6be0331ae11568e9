import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { ProblemCode } from './problem-catalogue.ts';

/**
 * Error that becomes a problem document (RFC 9457). Use cases throw it, and only the error handler converts it to a
 * response. Its message is shown to the caller, so it must not reveal internals.
 */
export class ProblemError extends Error {
  override readonly name: string = 'ProblemError';
  readonly status: number;
  /** Stable, machine-readable name; `/problems/<code>` explains it. */
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ProblemCode,
    detail: string,
    rest: { errors?: readonly FieldError[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: rest.cause });
    this.status = status;
    this.code = code;
    this.errors = rest.errors;
    this.headers = rest.headers ?? {};
  }
}

/** Creates a 404, which is also used for objects of other accounts. */
export function notFound(what: string): ProblemError {
  return new ProblemError(404, 'not_found', `${what} not found`);
}

/** Creates a 422 that lists every invalid field. */
export function invalidFields(errors: readonly FieldError[]): ProblemError {
  return new ProblemError(422, 'invalid_fields', `${errors.length} field(s) of the body are invalid`, {
    errors,
  });
}
