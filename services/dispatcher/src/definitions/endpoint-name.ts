/**
 * Returns the name of an endpoint within its account: scheme, host, port and path of the URL template, without
 * the query. Actions that share it share its queue and limits.
 */
export function endpointName(urlTemplate: string): string {
  const end = urlTemplate.search(/[?#]/);
  return end === -1 ? urlTemplate : urlTemplate.slice(0, end);
}
