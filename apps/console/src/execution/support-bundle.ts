import type { Attempt, ExecutionDetail } from './execution.ts';

/**
 * Returns the data of an execution that may be sent to support: ids, times, waits and errors. It contains no bodies, no
 * context, no values of metadata or headers and no mapped values. Of a URL, it contains only the origin, because the
 * path and the query may contain secrets and values of merge fields. Error messages are included and may quote a value.
 * Pure.
 */
export function supportBundle(detail: ExecutionDetail): Record<string, unknown> {
  const {
    context: _,
    metadata,
    mapped_fields,
    mapping_errors,
    attempts,
    bodies: __,
    endpoint,
    ...rest
  } = detail;
  return {
    ...rest,
    endpoint: endpoint && originOf(endpoint),
    metadata_keys: Object.keys(metadata),
    mapped_fields: Object.keys(mapped_fields ?? {}),
    mapping_errors: Object.keys(mapping_errors),
    attempts: attempts.map(bareAttempt),
  };
}

function bareAttempt({ request, response, redirects, ...rest }: Attempt): Record<string, unknown> {
  return {
    ...rest,
    request: request && {
      method: request.method,
      url: originOf(request.url),
      headers: Object.keys(request.headers),
      body_bytes: request.body_bytes,
    },
    response: response && {
      status: response.status,
      headers: Object.keys(response.headers),
      body_bytes: response.body_bytes,
      body_bytes_read: response.body_bytes_read,
      truncated: response.truncated,
    },
    redirects: redirects.map(({ url, ...redirect }) => ({ ...redirect, url: originOf(url) })),
  };
}

function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? '';
}
