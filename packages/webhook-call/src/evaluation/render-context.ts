import { parseContext } from '@hookline/template/context';
import { RenderError } from '@hookline/template/template-error';
import type { Compilation } from '../request/compile-definition.ts';
import { renderRequest } from '../request/render-request.ts';
import type { Rendering } from './evaluation.ts';
import { fillKnownFields, type KnownFields } from './known-fields.ts';

/** Parses the context of a request, fills in the known fields and renders a compiled definition. Pure. */
export function renderContext(
  compilation: Compilation,
  text: string,
  known: KnownFields | undefined,
): Rendering {
  let context: unknown;
  try {
    context = fillKnownFields(parseContext(text), known);
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { kind: 'unusable_context', reason: error.message };
  }
  return renderRequest(compilation, context);
}
