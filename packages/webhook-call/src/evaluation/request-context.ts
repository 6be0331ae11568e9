import { parseContext } from '@hookline/template/context';
import { parsesOnLoop } from './loop-bounds.ts';

/** The context of a request, parsed if it is small. */
export interface RequestContext {
  /** JSON text of an object with contact, workflow, execution, account. */
  text: string;
  bytes: number;
  /** Parsed JSON; undefined if the context is large. The worker pool then parses it and reports errors. */
  value: unknown;
}

/**
 * Parses a small context.
 * @throws RenderError if it is not a JSON object
 */
export function readRequestContext(text: string): RequestContext {
  const bytes = Buffer.byteLength(text);
  return { text, bytes, value: parsesOnLoop(bytes) ? parseContext(text) : undefined };
}
