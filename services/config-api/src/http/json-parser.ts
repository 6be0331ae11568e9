import { isTextWithinDepth, isWithinDepth } from '@hookline/shared/contracts/json-depth';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { LongNumberError, withLongIntegers } from '@hookline/shared/contracts/lossless-json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noteSources } from './body-source.ts';
import { invalidFields, ProblemError } from './problem-error.ts';

/** The second type is for PATCH (RFC 7396, section 4), which also accepts the first type. */
const JSON_TYPES = ['application/json', 'application/merge-patch+json'] as const;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Number of levels that a list of objects in the body adds to the maximum depth; by default 0. */
    itemLevels?: number;
  }
}

/** Maximum number of fields in the error; a body may have thousands of fields with long names. */
const MAX_SHOWN_FIELDS = 100;
const MAX_SHOWN_LENGTH = 200;

/**
 * Parses JSON bodies. Like Fastify's parser, it rejects `__proto__` keys, and `constructor` keys whose value has a key
 * `prototype`; unlike Fastify's parser, it keeps the digits of long integers, because 64-bit ids are common in the
 * context of a workflow. The text of fields that are passed on is kept as well. A field that is nested too deeply is
 * rejected before any other code looks at it, because much of that code is recursive.
 */
export function installJsonParser(app: FastifyInstance): void {
  const standard = app.getDefaultJsonParser('error', 'error');
  // Accept only JSON; Fastify would pass text/plain through as a string.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>([...JSON_TYPES], { parseAs: 'string' }, (request, body, done) => {
    // Many HTTP clients set Content-Type on every request, even without a body.
    if (body === '' && maySendNoBody(request)) return done(null, undefined);
    // With a callback, the standard parser never returns a promise.
    void standard(request, body, (error, value: unknown) => {
      if (error !== null) return done(error);
      // The body itself is one level above its fields; a list of items adds further levels.
      const { itemLevels = 0 } = request.routeOptions.config;
      if (!isTextWithinDepth(body, LIMITS.jsonDepth.max + 1 + itemLevels)) return done(tooDeep(value));
      let withLong: unknown;
      try {
        withLong = withLongIntegers(value, body);
        noteSources(body, withLong);
      } catch (cause) {
        if (!(cause instanceof LongNumberError)) throw cause;
        return done(new ProblemError(400, 'bad_request', cause.message, { cause }));
      }
      done(null, withLong);
    });
  });
}

/** Returns whether the route has no body or an optional body (a schema that accepts null). */
function maySendNoBody({ routeOptions }: FastifyRequest): boolean {
  const body = routeOptions.schema?.body as { anyOf?: readonly { type?: string }[] } | undefined;
  return body === undefined || (body.anyOf?.some(({ type }) => type === 'null') ?? false);
}

function tooDeep(body: unknown): ProblemError {
  const message = `is nested deeper than ${LIMITS.jsonDepth.max} levels`;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return new ProblemError(422, 'invalid_fields', `The body ${message}`);
  }
  const deep = Object.entries(body).filter(([, value]) => !isWithinDepth(value));
  const shown = deep.slice(0, MAX_SHOWN_FIELDS);
  return invalidFields(shown.map(([field]) => ({ field: field.slice(0, MAX_SHOWN_LENGTH), message })));
}
