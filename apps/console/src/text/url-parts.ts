/** Returns the parts of a URL that stay on one line: scheme and host, then each segment with its slash or each parameter. */
export function urlParts(url: string): string[] {
  return url.match(/^\w+:\/\/[^/?&]*\/*|[^/?&]*\/+|[?&]?[^/?&]+|[?&]/g) ?? [url];
}
