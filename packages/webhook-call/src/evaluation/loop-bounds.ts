import type { CallableDefinition } from '../request/compile-definition.ts';
import type { CompiledMapping } from '../mapping/compile-mapping.ts';

/**
 * Bounds for evaluations on the event loop. The sizes of an evaluation are compared with these bounds before it
 * runs, and anything larger goes to the worker pool. The most expensive input within the bounds takes less than 20 ms
 * of CPU time (ADR 26 has the figures, `loop-bounds.test.ts` measures them); usual webhooks are far below the bounds.
 */

/** Total length of a definition's templates (URL, headers, payload), which are compiled once per version. */
const MAX_TEMPLATE_LENGTH = 16_384;
/** Total length of a definition's JSONPath expressions and their targets. */
const MAX_EXPRESSIONS_LENGTH = 4_096;
/** Bytes of a context that is parsed. */
const MAX_CONTEXT_BYTES = 65_536;
/** Bytes of the context times number of merge fields, because each field may output the whole context. */
const MAX_FIELD_BYTES = 262_144;
/** Weight of all rules (`expressionWeight`) times bytes of the document. */
const MAX_MAPPING_WORK = 131_072;
/** Bytes of a document that is parsed for a mapping. */
const MAX_DOCUMENT_BYTES = 65_536;
/** Bytes of text that is searched for secrets. */
const MAX_FILTERED_BYTES = 32_768;
/** Bytes of text times bytes of secrets: the worst case of a search that compares at every position. */
const MAX_FILTER_WORK = 4_194_304;

/** Sizes of a definition that decide where it is compiled and rendered. */
export interface DefinitionSize {
  templateLength: number;
  expressionsLength: number;
  /** Upper bound on the number of merge fields; 0 if the templates are too large for the loop anyway. */
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

/** Returns whether a definition may be compiled on the loop. */
export function compilesOnLoop({ templateLength, expressionsLength }: DefinitionSize): boolean {
  return templateLength <= MAX_TEMPLATE_LENGTH && expressionsLength <= MAX_EXPRESSIONS_LENGTH;
}

/** Returns whether a context may be parsed on the loop. */
export function parsesOnLoop(contextBytes: number): boolean {
  return contextBytes <= MAX_CONTEXT_BYTES;
}

/** Returns whether a definition that is compiled on the loop may be rendered there with a context of this size. */
export function rendersOnLoop({ fields }: DefinitionSize, contextBytes: number): boolean {
  return contextBytes * fields <= MAX_FIELD_BYTES;
}

/** Returns whether a mapping that is compiled on the loop may be applied there to a body of this size. */
export function mapsOnLoop(mapping: CompiledMapping, bodyBytes: number): boolean {
  const weight = mapping.reduce((sum, rule) => sum + rule.weight, 0);
  return mapping.length === 0 || (bodyBytes <= MAX_DOCUMENT_BYTES && weight * bodyBytes <= MAX_MAPPING_WORK);
}

/** Returns whether texts of this size may be searched for secrets on the loop. */
export function filtersOnLoop(textBytes: number, secretBytes: number): boolean {
  if (secretBytes === 0) return true;
  return textBytes <= MAX_FILTERED_BYTES && textBytes * secretBytes <= MAX_FILTER_WORK;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}
