/**
 * Changes since the last release that may break a client and are made on purpose: the sentence of the comparison, and the
 * reason. A release empties this table and replaces docs/reference/openapi-released.json.
 */
export const ACCEPTED_CHANGES: Readonly<Record<string, string>> = {
  'GET /api/v1/webhook-executions/{id}, response 200.mapped_fields: the type "object" became "null"':
    'A key without the scope read:bodies must not see values of contacts (ADR 42).',
};
