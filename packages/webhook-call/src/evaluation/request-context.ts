import { parseContext } from '@hookline/template/context';
import { fillKnownFields, type KnownFields } from './known-fields.ts';
import { parsesOnLoop } from './loop-bounds.ts';

/** The context of a request, parsed if it is small. */
export interface RequestContext {
  /** JSON text of an object with contact, workflow, execution, account. */
  text: string;
  bytes: number;
  /** Parsed JSON; undefined if the context is large. The worker pool then parses it and reports errors. */
  value: unknown;
  /** Fields that are filled in if the context lacks them; `value` already contains them. */
  known: KnownFields | undefined;
}

/**
 * Parses a small context and fills in the known fields of its request.
 * @throws RenderError if a small context is not a JSON object
 */
export function readRequestContext(text: string, request?: KnownFields): RequestContext {
  const bytes = Buffer.byteLength(text);
  const known = request && pickKnown(request);
  const value = parsesOnLoop(bytes) ? fillKnownFields(parseContext(text), known) : undefined;
  return { text, bytes, value, known };
}

/** Returns a context that the worker pool parses, however small it is. */
export function unreadContext(text: string, request: KnownFields): RequestContext {
  return { text, bytes: Buffer.byteLength(text), value: undefined, known: pickKnown(request) };
}

/** Copies only the known fields, because a worker receives a copy of the whole object. */
function pickKnown(request: KnownFields): KnownFields {
  const { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId } = request;
  return { executionId, accountId, workflowId, actionId, workflowExecutionId, stepId };
}
