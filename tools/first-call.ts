/** Values for a first call. */
export interface FirstCall {
  apiUrl: string;
  apiKey: string;
  accountId: string;
  /** A webhook action of the account. */
  actionId: string;
  /** URL of an endpoint that may be called. */
  endpoint: string;
  adminKey: string;
}

/** Returns lines to paste into a shell: variables for API calls, and a first call, which prints its outcome. */
export function firstCall({ apiUrl, apiKey, accountId, actionId, endpoint, adminKey }: FirstCall): string[] {
  const variables = {
    HOOKLINE_URL: apiUrl,
    API_KEY: apiKey,
    ACCOUNT_ID: accountId,
    ACTION_ID: actionId,
    ENDPOINT: endpoint,
    ADMIN_KEY: adminKey,
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    'curl -sS -w "\\n" -X POST "$HOOKLINE_URL/api/v1/webhook-executions" \\',
    '  -H "authorization: Bearer $API_KEY" -H "content-type: application/json" -H "prefer: wait=10" \\',
    `  -d '{"action_id": "'"$ACTION_ID"'", "context": {"contact": {"email": "jane@example.com"}}}'`,
  ];
}

/** Quotes a value as one word of a POSIX shell. */
function quoted(value: string): string {
  return /^[\w.:/@+=-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
