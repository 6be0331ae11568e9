import { TemplateError } from '@hookline/template/template-error';

/** An error in a definition, in the terms of the API, so that a form can show it next to its field. */
export interface DefinitionProblem {
  /** Path in the API's snake_case: `url`, `headers.X-Id`, `payload_template`, `response_mapping.total`. */
  field: string;
  message: string;
  /** Error type of an execution whose definition has this problem because the rules changed after it was configured. */
  errorType: 'render_error' | 'payload_too_large' | 'destination_blocked';
}

export function problem(
  field: string,
  message: string,
  errorType: DefinitionProblem['errorType'] = 'render_error',
): DefinitionProblem {
  return { field, message, errorType };
}

/** Runs a compile step; turns a TemplateError into a problem of the field and returns null. */
export function collect<T>(problems: DefinitionProblem[], field: string, compile: () => T): T | null {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    problems.push(problem(field, error.message));
    return null;
  }
}
