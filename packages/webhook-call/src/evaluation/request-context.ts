import { parseContext } from '@hookline/template/context';
import { fillKnownFields, type KnownFields } from './known-fields.ts';
import { parsesOnLoop } from './loop-bounds.ts';

/** The context of a request, parsed once if that is cheap. */
export interface RequestContext {
  /** JSON text of an object with contact, workflow, execution, account. */
  text: string;
  bytes: number;
  /** What it says; undefined where it is parsed in the worker pool, which then also finds what is wrong with it. */
  value: unknown;
  /** What is filled in where the context lacks it; it is in `value` already. */
  known: KnownFields | undefined;
}

/**
 * Parses a small context and fills in what is known of its request.
 * @throws RenderError if it is no JSON object
 */
export function readRequestContext(text: string, request?: KnownFields): RequestContext {
  const bytes = Buffer.byteLength(text);
  const known = request && pickKnown(request);
  const value = parsesOnLoop(bytes) ? fillKnownFields(parseContext(text), known) : undefined;
  return { text, bytes, value, known };
}

/** A request has more than what is known of it, and a worker receives a copy. */
function pickKnown(request: KnownFields): KnownFields {
  const { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId } = request;
  return { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId };
}
