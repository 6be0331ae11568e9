/** Number of accounts created concurrently. */
const PARALLEL = 8;

/** An account with one action, in the form that the load generator expects. */
export interface Target {
  accountId: string;
  actionId: string;
  key: string;
}

export interface TargetPlan {
  url: string;
  /** Limit on calls in flight for the account and its endpoint; if absent, the default limits apply. */
  inFlight?: number;
}

/** Payload template that uses the event in the context as the whole body. */
const TEMPLATE = '{{contact.custom_fields.event}}';
const TIMEOUT_SECONDS = 60;

/** Creates an account, its key, its limits and its action for each plan, through the REST API. */
export async function createAccountTargets(
  api: { url: string; adminKey: string },
  plans: readonly TargetPlan[],
): Promise<Target[]> {
  const targets: Target[] = [];
  for (let i = 0; i < plans.length; i += PARALLEL) {
    const some = plans.slice(i, i + PARALLEL);
    targets.push(...(await Promise.all(some.map((plan) => createTarget(api, plan)))));
  }
  return targets;
}

async function createTarget(
  { url, adminKey }: { url: string; adminKey: string },
  plan: TargetPlan,
): Promise<Target> {
  const base = `${url}/api/v1`;
  const { id: accountId } = await send<{ id: string }>('POST', `${base}/accounts`, adminKey, {
    name: 'bench',
  });
  const { key } = await send<{ key: string }>('POST', `${base}/api-keys`, adminKey, {
    account_id: accountId,
    name: 'bench',
    scopes: ['read', 'write', 'execute'],
  });
  if (plan.inFlight !== undefined) {
    await send('PUT', `${base}/accounts/${accountId}/settings`, adminKey, {
      max_in_flight: plan.inFlight,
      max_in_flight_per_endpoint: plan.inFlight,
    });
  }
  const { id: actionId } = await send<{ id: string }>(
    'POST',
    `${base}/workflows/bench/actions/webhook`,
    key,
    {
      url: plan.url,
      method: 'POST',
      payload_template: TEMPLATE,
      timeout_seconds: TIMEOUT_SECONDS,
    },
  );
  return { accountId, actionId, key };
}

async function send<ResponseBody>(
  method: string,
  url: string,
  key: string,
  body: object,
): Promise<ResponseBody> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} returned ${response.status}: ${text}`);
  return JSON.parse(text) as ResponseBody;
}
