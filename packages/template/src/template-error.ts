/** Thrown when a template cannot be compiled. Permanent: the definition must be changed. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** Position in the template's text, in UTF-16 units from 0. */
  readonly position: number;

  constructor(reason: string, position: number) {
    super(`${reason} at ${position}`);
    this.position = position;
  }
}

/**
 * Thrown when a template cannot be rendered with a context. Permanent for the execution, which is never retried.
 */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly errorType: 'render_error' | 'payload_too_large';

  constructor(reason: string, errorType: RenderError['errorType'] = 'render_error') {
    super(reason);
    this.errorType = errorType;
  }
}
