import { LongNumberError, parseJson } from '@hookline/shared/contracts/lossless-json';
import { RenderError } from './template-error.ts';

/**
 * Parses the context of a request (JSON text with contact, workflow, execution, account) for rendering.
 * @throws RenderError if it is not a JSON object
 */
export function parseContext(json: string): unknown {
  const context = tryParse(json);
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new RenderError('context: is not a JSON object');
  }
  return context;
}

function tryParse(json: string): unknown {
  try {
    return parseJson(json);
  } catch (cause) {
    if (cause instanceof LongNumberError) throw new RenderError(`context: ${cause.message}`);
    // RangeError: nested deeper than the stack allows.
    if (cause instanceof SyntaxError || cause instanceof RangeError) return undefined;
    throw cause;
  }
}
