import { parseContext } from '@hookline/template/context';
import { parsesOnLoop } from './loop-bounds.ts';

/** The context of a request, parsed once if that is cheap. */
export interface RequestContext {
  /** JSON text of an object with contact, workflow, execution, account. */
  text: string;
  bytes: number;
  /** What it says; undefined where it is parsed in the worker pool, which then also finds what is wrong with it. */
  value: unknown;
}

/**
 * Parses a small context.
 * @throws RenderError if it is no JSON object
 */
export function readRequestContext(text: string): RequestContext {
  const bytes = Buffer.byteLength(text);
  return { text, bytes, value: parsesOnLoop(bytes) ? parseContext(text) : undefined };
}
