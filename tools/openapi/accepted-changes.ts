const RELEASED_ID = String.raw`"^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,200}$"`;
const ID = String.raw`"^(?!\\.{1,2}$)[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,200}$"`;
const ACTIONS = '/api/v1/workflows/{workflow_id}/actions';
const WEBHOOK = `${ACTIONS}/{action_id}/webhook`;
const OF_WEBHOOK = [
  `GET ${WEBHOOK}`,
  `PUT ${WEBHOOK}`,
  `PATCH ${WEBHOOK}`,
  `DELETE ${WEBHOOK}`,
  `POST ${WEBHOOK}/resume`,
  `POST ${WEBHOOK}/signing-secret/rotate`,
];
const EXTERNAL_IDS = [
  'GET /api/v1/accounts/{id}/settings, path parameter id',
  'PUT /api/v1/accounts/{id}/settings, path parameter id',
  'POST /api/v1/accounts, request body.id',
  'GET /api/v1/api-keys, query parameter account_id',
  'POST /api/v1/api-keys, request body.account_id',
  'GET /api/v1/dead-letters, query parameter account_id',
  'GET /api/v1/webhook-executions, query parameter action_id',
  'GET /api/v1/webhook-executions, query parameter error_type',
  'GET /api/v1/webhook-executions, query parameter workflow_id',
  'POST /api/v1/webhook-executions, request body.step_id',
  'POST /api/v1/webhook-executions, request body.workflow_execution_id',
  'POST /api/v1/webhooks/test, request body.workflow_id',
  `GET ${ACTIONS}, path parameter workflow_id`,
  `POST ${ACTIONS}/webhook, path parameter workflow_id`,
  ...OF_WEBHOOK.map((operation) => `${operation}, path parameter workflow_id`),
];

/**
 * Intended changes since the last release that may break a client: the sentence with which the comparison reports each
 * change, and the reason for the change. A release empties this table and replaces
 * docs/reference/openapi-released.json.
 */
export const ACCEPTED_CHANGES: Readonly<Record<string, string>> = {
  'GET /api/v1/webhook-executions/{id}, response 200.mapped_fields: the type "object" became "null"':
    'A key without the scope read:bodies must not see values of contacts (ADR 42).',
  'POST /api/v1/api-keys, request body.scopes: maxItems was none, now 5':
    'There are five scopes, so a longer list only repeated some of them.',
  ...Object.fromEntries(
    OF_WEBHOOK.map((operation) => [
      `${operation}, path parameter action_id: pattern was none, now ${ID}`,
      'No action ever had such an id: the response was a 404 and is now a 400 that names the parameter.',
    ]),
  ),
  ...Object.fromEntries(
    EXTERNAL_IDS.map((place) => [
      `${place}: pattern was ${RELEASED_ID}, now ${ID}`,
      'Clients remove . and .. from the path of a URL, so nothing with such an id could ever be read (ADR 32).',
    ]),
  ),
};
