import { LONG_DIGITS, LongNumberError, parseJson } from '@hookline/shared/contracts/lossless-json';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problem-error.ts';

/**
 * Parses JSON bodies as Fastify does, which rejects `__proto__` and `constructor` keys, but keeps the digits of long
 * integers: 64-bit ids are common in the context of a workflow.
 */
export function installJsonParser(app: FastifyInstance): void {
  const standard = app.getDefaultJsonParser('error', 'error');
  // Accept JSON only: Fastify would pass text/plain through as a string.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    // The standard parser never returns a promise when it is given a callback.
    void standard(request, body, (error, value) => {
      if (error !== null || !LONG_DIGITS.test(body)) return done(error, value);
      let withLongIntegers: unknown;
      try {
        withLongIntegers = parseJson(body);
      } catch (cause) {
        if (!(cause instanceof LongNumberError)) throw cause;
        return done(new ProblemError(400, 'bad_request', cause.message, { cause }));
      }
      done(null, withLongIntegers);
    });
  });
}
