import { parseContext } from '@hookline/template/context';
import { RenderError } from '@hookline/template/template-error';
import type { KnownFields } from './known-fields.ts';
import { parsesOnLoop } from './loop-bounds.ts';

/**
 * The context of a request, as text: the parsed context exists only while the request is rendered, because it may need
 * 22 times as much memory as the text, and a request may wait for a slot for minutes.
 */
export interface RequestContext {
  /** JSON text of an object with `contact`, `workflow`, `execution` and `account`. */
  text: string;
  bytes: number;
  /** Fields that are filled in if the context lacks them. */
  known: KnownFields | undefined;
}

/** Returns the context of a request, with the fields that are known from the request itself. */
export function requestContext(text: string, request?: KnownFields): RequestContext {
  return { text, bytes: Buffer.byteLength(text), known: request && pickKnown(request) };
}

/**
 * Returns why a context cannot be rendered; null if no problem is found. A context that is too large for the event loop
 * is not parsed here: the worker pool reports its errors when the request is rendered.
 */
export function contextProblem({ text, bytes }: RequestContext): string | null {
  if (!parsesOnLoop(bytes)) return null;
  try {
    parseContext(text);
    return null;
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
}

/** Copies only the known fields, because a worker receives a copy of the whole object. */
function pickKnown(request: KnownFields): KnownFields {
  const { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId } = request;
  return { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId };
}
