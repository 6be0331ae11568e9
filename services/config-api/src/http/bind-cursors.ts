import { createHash } from 'node:crypto';
import { canonicalJson } from '@hookline/shared/contracts/canonical-json';
import type {
  FastifyInstance,
  FastifyRequest,
  FastifySchema,
  preHandlerHookHandler,
  preSerializationHookHandler,
} from 'fastify';
import { callerOf } from './caller.ts';
import { problems } from './openapi.ts';
import { badCursor } from './page.ts';
import { ProblemError } from './problem-error.ts';

/**
 * Length of the hash of a list, in base64url characters. The hash has 72 bits, so that two lists of a client do not
 * have the same hash by chance.
 */
const HASH_CHARS = 12;
const BOUND = /^[\w-]{12}\./;

/** Link relations (RFC 8288) and the fields of a page that contain their cursors. */
const LINKED = { next: 'next_cursor', prev: 'prev_cursor' } as const;

/**
 * Binds the cursors of every paged route of `api` to their list: the account, the path and the query without `limit`.
 * Adds `Link` headers to pages. A route needs only `cursor` in its query, and `next_cursor` or `prev_cursor` in its
 * response. It receives its own cursors, without the hash. Requires `installAuthentication`, which sets the caller.
 */
export function bindCursors(api: FastifyInstance): void {
  api.addHook('onRoute', (route) => {
    if (!hasCursor(route.schema)) return;
    route.schema = { ...route.schema, response: { ...problems(422), ...(route.schema?.response as object) } };
    // Hooks of this route only, so that other routes do not run them.
    route.preHandler = [route.preHandler ?? [], readCursor].flat();
    route.preSerialization = [route.preSerialization ?? [], writeCursors].flat();
  });
}

const readCursor: preHandlerHookHandler = (request, _reply, done) => {
  const query = request.query as { cursor?: string };
  if (query.cursor !== undefined) query.cursor = ownCursor(query.cursor, hashOfList(request));
  done();
};

const writeCursors: preSerializationHookHandler = (request, reply, payload, done) => {
  if (!isPage(payload)) return done(null, payload);
  const hash = hashOfList(request);
  const page: Record<string, unknown> = { ...payload };
  const links = 'cursor' in (request.query as object) ? [link(request.url, 'first', null)] : [];
  for (const [relation, field] of Object.entries(LINKED)) {
    const cursor = page[field];
    if (typeof cursor !== 'string') continue;
    page[field] = `${hash}.${cursor}`;
    links.push(link(request.url, relation, `${hash}.${cursor}`));
  }
  if (links.length > 0) reply.header('link', links.join(', '));
  done(null, page);
};

function hasCursor(schema: FastifySchema | undefined): boolean {
  const query = schema?.querystring as { properties?: object } | undefined;
  return query?.properties !== undefined && 'cursor' in query.properties;
}

/** Returns whether a response is a page rather than a problem document. */
function isPage(payload: unknown): payload is Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null) return false;
  return Object.values(LINKED).some((field) => field in payload);
}

/**
 * Removes the hash from a cursor.
 * @throws ProblemError 400 if the cursor has no hash, 422 if it has the hash of another list
 */
function ownCursor(cursor: string, hash: string): string {
  if (!BOUND.test(cursor)) throw badCursor();
  if (!cursor.startsWith(`${hash}.`)) throw cursorOfAnotherList();
  return cursor.slice(HASH_CHARS + 1);
}

/**
 * Hashes everything on which a list depends. No secret is needed, because the hash only prevents mistakes; the
 * condition on the account in each query protects the data.
 */
function hashOfList(request: FastifyRequest): string {
  const caller = callerOf(request);
  const { limit: _limit, cursor: _cursor, ...filter } = request.query as Record<string, unknown>;
  const owner = caller.kind === 'account' ? caller.accountId : null;
  const list = [owner, request.routeOptions.url, request.params, filter];
  return createHash('sha256').update(canonicalJson(list)).digest('base64url').slice(0, HASH_CHARS);
}

/** Builds a link to a page of the requested list; a `cursor` of null means the first page. */
function link(url: string, relation: string, cursor: string | null): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.delete('cursor');
  if (cursor !== null) parameters.set('cursor', cursor);
  return `<${path}${parameters.size > 0 ? `?${parameters.toString()}` : ''}>; rel="${relation}"`;
}

function cursorOfAnotherList(): ProblemError {
  const errors = [{ field: 'cursor', message: 'belongs to another filter, route or account' }];
  return new ProblemError(
    422,
    'cursor_of_another_list',
    'The cursor was returned for another list; send it with the filter that it was returned for, or start without a cursor',
    { errors },
  );
}
