/** Splits a URL into parts that stay on one line: scheme and host, each path segment with its slash, each parameter. */
export function urlParts(url: string): string[] {
  return url.match(/^\w+:\/\/[^/?&]*\/*|[^/?&]*\/+|[?&]?[^/?&]+|[?&]/g) ?? [url];
}
