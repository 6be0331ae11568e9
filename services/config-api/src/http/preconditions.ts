import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem-error.ts';

/**
 * Checks the precondition of a request on the state that it changes (RFC 9110, section 13.1.1).
 * @param etag entity tag of the current state; null if there is no state yet
 * @throws ProblemError 412
 */
export type Precondition = (etag: string | null) => void;

/** Precondition that is always met, for requests without If-Match and for the service's own changes. */
export const NO_PRECONDITION: Precondition = () => undefined;

/** Reads `If-Match`. The comparison is strong, so a weak entity tag never matches. */
export function ifMatch(request: Pick<FastifyRequest, 'headers'>): Precondition {
  const header = request.headers['if-match'];
  if (header === undefined) return NO_PRECONDITION;
  const tags = header.split(',').map((tag) => tag.trim());
  return (etag) => {
    if (etag !== null && (tags.includes('*') || tags.includes(etag))) return;
    throw preconditionFailed(etag);
  };
}

function preconditionFailed(etag: string | null): ProblemError {
  const detail =
    etag === null
      ? 'If-Match was sent, but the object does not exist yet; leave If-Match out to create the object'
      : `The object has changed since it was read; its ETag is now ${etag}. Read it again, reapply your change, and send the new ETag in If-Match`;
  return new ProblemError(412, 'precondition_failed', detail, etag === null ? {} : { headers: { etag } });
}
