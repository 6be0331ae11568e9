import { parseMappingTarget } from '@hookline/shared/contracts/mapping-target';
import { JSONPathEnvironment, JSONPathError, type JSONPathQuery } from 'json-p3';
import { type DefinitionProblem, problem } from '../definition-problem.ts';
import { expressionWeight, withoutStrings } from './expression-weight.ts';

/** Mappings of a definition, ready to be applied to responses. */
export type CompiledMapping = readonly MappingRule[];

export interface MappingRule {
  /** Target as configured; the key of the value in `webhook.completed`. */
  target: string;
  query: JSONPathQuery;
  /** Result of `expressionWeight`; Infinity if the work of the query may grow faster than the document. */
  weight: number;
}

const MAX_RULES = 100;
const MAX_EXPRESSION_LENGTH = 1_024;
/**
 * Each descendant segment or filter multiplies the work by the size of the document; no real response requires more
 * segments or filters than these limits permit.
 */
const MAX_DESCENDANT_SEGMENTS = 2;
const MAX_FILTERS = 5;

const environment = new JSONPathEnvironment();

/** Compiles a response mapping (target to RFC 9535 expression); adds errors to `problems`. */
export function compileMapping(
  responseMapping: Readonly<Record<string, string>>,
  problems: DefinitionProblem[],
): CompiledMapping {
  const entries = Object.entries(responseMapping);
  if (entries.length > MAX_RULES) {
    problems.push(problem('response_mapping', `more than ${MAX_RULES} mappings`));
    return [];
  }
  const usedKeys = new Set<string>();
  return entries.flatMap(([target, expression]) => {
    const place = parseMappingTarget(target);
    const key = place ? `${place.kind}.${place.name}` : '';
    const reason = place ? targetProblem(usedKeys, key) : UNKNOWN_TARGET;
    if (reason) problems.push(problem(`response_mapping.${target}`, reason));
    usedKeys.add(key);
    const query = compileExpression(expression);
    if (typeof query === 'string') problems.push(problem(`response_mapping.${target}`, query));
    return typeof query === 'string' || reason
      ? []
      : [{ target, query, weight: expressionWeight(expression) }];
  });
}

const UNKNOWN_TARGET =
  'the target must be a custom field (x, contact.custom_fields.x or contact.custom_fields["any name"]), a standard field (contact.email, ' +
  'contact.first_name, contact.last_name, contact.phone) or a workflow variable (workflow.x)';

function targetProblem(usedKeys: ReadonlySet<string>, key: string): string | null {
  return usedKeys.has(key) ? 'another mapping sets the same field' : null;
}

/** Returns the compiled expression, or the reason why it is refused. */
function compileExpression(expression: string): JSONPathQuery | string {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    return `the expression is longer than ${MAX_EXPRESSION_LENGTH} characters`;
  }
  try {
    const query = environment.compile(expression);
    return costProblem(expression) ?? query;
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    return `not a JSONPath expression (RFC 9535): ${withoutQuote(error)}`;
  }
}

/**
 * Removes json-p3's quotation of the expression, because people put secrets into the wrong fields and no message may
 * quote a value.
 */
function withoutQuote({ message, token }: JSONPathError): string {
  return message.replace(/ \('[^]*':\d+\)$/, ` (at character ${token.index + 1})`);
}

/** Returns the reason why a valid expression is too costly, or null. RFC 9535, section 4.1, permits such limits. */
function costProblem(expression: string): string | null {
  const plain = withoutStrings(expression);
  if (plain.split('..').length - 1 > MAX_DESCENDANT_SEGMENTS) {
    return `more than ${MAX_DESCENDANT_SEGMENTS} descendant segments (..)`;
  }
  return plain.split('?').length - 1 > MAX_FILTERS ? `more than ${MAX_FILTERS} filters` : null;
}
