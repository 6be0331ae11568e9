import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { JsonDocument } from '@hookline/shared/contracts/json-document';
import { LongNumberError, refuseLongIntegers } from '@hookline/shared/contracts/lossless-json';
import { RenderError } from './template-error.ts';

/**
 * Parses the context of a request (JSON text with contact, workflow, execution, account) for rendering. Its numbers
 * keep their text.
 * @throws RenderError if the text is not a JSON object, is nested deeper than `LIMITS.jsonDepth`, or contains an
 *   integer of more than 100 digits
 */
export function parseContext(json: string): JsonDocument {
  if (!isTextWithinDepth(json)) {
    throw new RenderError(`context: is nested deeper than ${LIMITS.jsonDepth.max} levels`);
  }
  const context = tryParse(json);
  const value = context?.value;
  if (!context || typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RenderError('context: is not a JSON object');
  }
  return context;
}

function tryParse(json: string): JsonDocument | undefined {
  try {
    const context = new JsonDocument(json);
    refuseLongIntegers(json);
    return context;
  } catch (cause) {
    if (cause instanceof LongNumberError) throw new RenderError(`context: ${cause.message}`);
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
