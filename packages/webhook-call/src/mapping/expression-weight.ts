const STRING_LITERAL = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g;

/** An expression whose string literals are empty: what is left of them cannot be mistaken for a selector. */
export function withoutStrings(expression: string): string {
  return expression.replace(STRING_LITERAL, "''");
}

/** Several descendant segments or selectors, functions, and filters that look at more than the value they test. */
const UNBOUNDED = /\.\.[^]*\.\.|[,(]|\?[^]*(?:\$|\.\.|\?)|\.\.[^]*\?/;
const DESCENDANT_WEIGHT = 16;
/** Wildcards and slices visit every child, names and indices one. */
const CHILDREN_WEIGHT = 4;
/** Of each value that a filter reads. */
const FILTER_WEIGHT = 16;

/**
 * Estimates the work of a JSONPath expression for each byte of the document, in multiples of what `$.a.b` takes: finding the
 * value and writing it. Infinity if the work may grow faster than the document, or takes a regular expression.
 */
export function expressionWeight(expression: string): number {
  const plain = withoutStrings(expression);
  if (UNBOUNDED.test(plain)) return Infinity;
  const count = (part: RegExp): number => plain.match(part)?.length ?? 0;
  return (
    1 + DESCENDANT_WEIGHT * count(/\.\./g) + CHILDREN_WEIGHT * count(/[*:]/g) + FILTER_WEIGHT * count(/[?@]/g)
  );
}
