import { JsonDocument } from '@hookline/shared/contracts/json-document';

/** Reads a response on which mappings are tried; null if it is not JSON. */
export function readSampleAnswer(text: string): JsonDocument | null {
  try {
    return new JsonDocument(text.replace(/^\ufeff/, ''));
  } catch (error) {
    // RangeError: nested deeper than the stack allows.
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
