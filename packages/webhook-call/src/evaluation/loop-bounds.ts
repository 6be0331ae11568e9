import type { CallableDefinition } from '../request/compile-definition.ts';
import type { CompiledMapping } from '../mapping/compile-mapping.ts';

/**
 * What may be evaluated on the event loop: sizes are compared with these bounds before anything runs, and whatever
 * is larger goes to the worker pool. Bounds are set so that the most expensive input within them takes less than 20 ms of
 * CPU time (ADR 26 has the figures; `loop-bounds.test.ts` measures them), and so that usual webhooks are far below.
 */

/** Templates of a definition (URL, headers, payload), in UTF-16 units: they are compiled once for each version. */
const MAX_TEMPLATE_LENGTH = 16_384;
/** JSONPath expressions of a definition together, in UTF-16 units. */
const MAX_EXPRESSIONS_LENGTH = 4_096;
/** Context that is parsed, in bytes. */
const MAX_CONTEXT_BYTES = 65_536;
/** Bytes of the context times merge fields: each field may write all of it. */
const MAX_FIELD_BYTES = 262_144;
/** Weight of all rules (`expressionWeight`) times bytes of the document. */
const MAX_MAPPING_WORK = 262_144;
/** Document that is parsed for a mapping, in bytes. */
const MAX_DOCUMENT_BYTES = 65_536;
/** Text that is searched for secrets, in bytes. */
const MAX_FILTERED_BYTES = 32_768;
/** Bytes of text times bytes of secrets: how far a search may go astray. */
const MAX_FILTER_WORK = 4_194_304;

/** How much a definition asks for. */
export interface DefinitionSize {
  templateLength: number;
  expressionsLength: number;
  /** At least the number of merge fields; 0 where the templates are not counted, since they are too large anyway. */
  fields: number;
}

export function definitionSize(
  definition: Pick<CallableDefinition, 'url' | 'headers' | 'payloadTemplate' | 'responseMapping'>,
): DefinitionSize {
  const { url, headers, payloadTemplate, responseMapping } = definition;
  const templates = [url, payloadTemplate ?? '', ...Object.entries(headers).flat()];
  const templateLength = lengthOf(templates);
  const isCounted = templateLength <= MAX_TEMPLATE_LENGTH;
  return {
    templateLength,
    expressionsLength: lengthOf(Object.entries(responseMapping).flat()),
    fields: isCounted ? templates.reduce((sum, text) => sum + text.split('{{').length - 1, 0) : 0,
  };
}

/** Whether a definition may be compiled on the loop. */
export function compilesOnLoop({ templateLength, expressionsLength }: DefinitionSize): boolean {
  return templateLength <= MAX_TEMPLATE_LENGTH && expressionsLength <= MAX_EXPRESSIONS_LENGTH;
}

/** Whether a context may be parsed on the loop. */
export function parsesOnLoop(contextBytes: number): boolean {
  return contextBytes <= MAX_CONTEXT_BYTES;
}

/** Whether a definition that compiles on the loop may be rendered there with a context that is parsed there. */
export function rendersOnLoop({ fields }: DefinitionSize, contextBytes: number): boolean {
  return contextBytes * fields <= MAX_FIELD_BYTES;
}

/** Whether a mapping that is compiled on the loop may be applied there. */
export function mapsOnLoop(mapping: CompiledMapping, bodyBytes: number): boolean {
  // A body that was not read whole is not parsed either, but then it is over the bound.
  const weight = mapping.reduce((sum, rule) => sum + rule.weight, 0);
  return mapping.length === 0 || (bodyBytes <= MAX_DOCUMENT_BYTES && weight * bodyBytes <= MAX_MAPPING_WORK);
}

/** Whether texts may be searched for secrets on the loop; without secrets there is nothing to search for. */
export function filtersOnLoop(textBytes: number, secretBytes: number): boolean {
  if (secretBytes === 0) return true;
  return textBytes <= MAX_FILTERED_BYTES && textBytes * secretBytes <= MAX_FILTER_WORK;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}
