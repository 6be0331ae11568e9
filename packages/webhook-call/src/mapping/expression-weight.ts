const STRING_LITERAL = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g;

/** Empties the string literals of an expression, so that their content is not mistaken for selectors. */
export function withoutStrings(expression: string): string {
  return expression.replace(STRING_LITERAL, "''");
}

/**
 * Matches an expression whose work may grow faster than the document: one with two descendant segments, several
 * selectors in a segment, parentheses (as of a function), two filters, a descendant segment before a filter, or a
 * filter that reads more than the tested value.
 */
const UNBOUNDED = /\.\.[^]*\.\.|[,(]|\?[^]*(?:\$|\.\.|\?)|\.\.[^]*\?/;
const DESCENDANT_WEIGHT = 16;
/** Wildcards and slices visit every child; names and indices visit one child. */
const CHILDREN_WEIGHT = 4;
/**
 * Number of segments that together have a weight of 1: each segment reads the text of one level, and reading this many
 * levels takes as long as writing the value.
 */
const SEGMENTS_PER_WEIGHT = 8;
/** Weight of a filter, and of each value that it reads. */
const FILTER_WEIGHT = 16;

/**
 * Estimates the work of a JSONPath expression per byte of the document, relative to the work of `$.a.b`. Returns
 * Infinity if the work may grow faster than the document, or if there is a regular expression.
 */
export function expressionWeight(expression: string): number {
  const plain = withoutStrings(expression);
  if (UNBOUNDED.test(plain)) return Infinity;
  const count = (part: RegExp): number => plain.match(part)?.length ?? 0;
  return (
    1 +
    Math.floor(count(/[.[]/g) / SEGMENTS_PER_WEIGHT) +
    DESCENDANT_WEIGHT * count(/\.\./g) +
    CHILDREN_WEIGHT * count(/[*:]/g) +
    FILTER_WEIGHT * count(/[?@]/g)
  );
}
