import { Type } from 'typebox';

/** Header `Idempotency-Key` of every POST whose route does not handle the key itself. */
export const IDEMPOTENCY_KEY = Type.String({
  pattern: '^[\\x20-\\x7e]{1,255}$',
  description:
    'The key is kept for 24 h. A request with the same key, URL and body (fields in any order) is not carried out again: it gets the response of the first request, with `Idempotent-Replayed: true`. Only successful responses are kept.',
});
