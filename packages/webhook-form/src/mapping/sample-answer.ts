import { JsonDocument } from '@hookline/shared/contracts/json-document';

/** Parses a response on which mappings are tried; returns null if the response is not JSON. */
export function readSampleAnswer(text: string): JsonDocument | null {
  try {
    return new JsonDocument(text.replace(/^\ufeff/, ''));
  } catch (error) {
    // A RangeError means that the nesting is deeper than the stack permits.
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
