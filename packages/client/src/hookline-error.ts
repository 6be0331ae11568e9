import type { components } from './schema.ts';

type Problem = components['schemas']['Problem'];

/** An error response of the API. */
export class HooklineError extends Error {
  override readonly name = 'HooklineError';
  readonly status: number;
  /**
   * Stable name of the problem, explained at `<baseUrl>/problems/<code>`; `unknown` if a proxy answered instead of
   * Hookline.
   */
  readonly code: string;
  /** Every invalid field or parameter; empty for any other problem. */
  readonly errors: NonNullable<Problem['errors']>;
  readonly response: Response;

  constructor(response: Response, problem: Partial<Problem>) {
    const { code = 'unknown', detail = response.statusText, errors = [] } = problem;
    const fields = errors.map(({ field, message }) => `${field} ${message}`);
    super(`${response.status} ${code}: ${[detail, ...fields].join('; ')}`);
    this.status = response.status;
    this.code = code;
    this.errors = errors;
    this.response = response;
  }
}

/** Reads the error that a response reports. */
export async function hooklineError(response: Response): Promise<HooklineError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  return new HooklineError(response, isProblem ? ((await response.json()) as Problem) : {});
}
