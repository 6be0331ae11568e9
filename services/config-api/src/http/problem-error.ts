import type { FieldError } from '@hookline/shared/contracts/rest/problem';

/**
 * A request that is answered with a problem document (RFC 9457). Thrown by use cases, turned into the answer by the
 * error handler alone. Its message is shown to the caller, so it never carries internals.
 */
export class ProblemError extends Error {
  override readonly name: string = 'ProblemError';
  readonly status: number;
  /** Stable name, for programs. */
  readonly code: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
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

/** 404, also for what belongs to another account. */
export function notFound(what: string): ProblemError {
  return new ProblemError(404, 'not_found', `${what} not found`);
}

/** 422 with every invalid field. */
export function invalidFields(errors: readonly FieldError[]): ProblemError {
  return new ProblemError(422, 'invalid_fields', `${errors.length} field(s) of the body are invalid`, {
    errors,
  });
}
