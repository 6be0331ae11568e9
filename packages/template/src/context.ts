import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { LongNumberError, parseJson } from '@hookline/shared/contracts/lossless-json';
import { RenderError } from './template-error.ts';

/**
 * Parses the context of a request (JSON text with contact, workflow, execution, account) for rendering.
 * @throws RenderError if it is not a JSON object, or nested so deeply that it could not be written as JSON again
 */
export function parseContext(json: string): unknown {
  if (!isTextWithinDepth(json)) {
    throw new RenderError(`context: is nested deeper than ${LIMITS.jsonDepth.max} levels`);
  }
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
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
