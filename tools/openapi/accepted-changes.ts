const ACTION_ID =
  'path parameter action_id: pattern was none, now "^[^\\\\u0000-\\\\u001f\\\\u007f-\\\\u009f\\\\ud800-\\\\udfff]{1,200}$"';
const WEBHOOK = '/api/v1/workflows/{workflow_id}/actions/{action_id}/webhook';

/**
 * Intended changes since the last release that may break a client: the sentence of the comparison, and the reason. A
 * release empties this table and replaces docs/reference/openapi-released.json.
 */
export const ACCEPTED_CHANGES: Readonly<Record<string, string>> = {
  'GET /api/v1/webhook-executions/{id}, response 200.mapped_fields: the type "object" became "null"':
    'A key without the scope read:bodies must not see values of contacts (ADR 42).',
  ...Object.fromEntries(
    [
      `GET ${WEBHOOK}`,
      `PUT ${WEBHOOK}`,
      `PATCH ${WEBHOOK}`,
      `DELETE ${WEBHOOK}`,
      `POST ${WEBHOOK}/resume`,
      `POST ${WEBHOOK}/signing-secret/rotate`,
    ].map((operation) => [
      `${operation}, ${ACTION_ID}`,
      'No action ever had such an id: the response was a 404 and is now a 400 that names the parameter.',
    ]),
  ),
};
