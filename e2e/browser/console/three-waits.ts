import type { Account } from '../../support/api.ts';
import type { ConsoleSite } from './console-site.ts';

/**
 * Creates an execution that waited for the rate limit and the circuit of its endpoint and for a retry, and returns its
 * id. Calls of another action, which has no retries, first use up the rate of the endpoint and open its circuit, so the
 * execution waits for both. Its first call fails as well, so it also waits for a retry.
 */
export async function executionWithThreeWaits(
  { hookline, receiver }: Pick<ConsoleSite, 'hookline' | 'receiver'>,
  account: Account,
): Promise<string> {
  const { id: accountId } = account;
  await hookline.api.send('PUT', `/api/v1/accounts/${accountId}/settings`, { max_in_flight_per_endpoint: 1 });
  await hookline.probe.next(
    'AccountSettings',
    (one) => one.accountId === accountId && one.maxInFlightPerEndpoint === 1,
  );
  let last = '';
  let isLastCalled = false;
  receiver.script('/busy', (request) => {
    const isLast = request.header('webhook-id') === last;
    const status = isLastCalled ? 200 : 503;
    isLastCalled ||= isLast;
    return { status, body: { asked: isLast ? 'the last one' : 'another one' } };
  });
  const definition = { url: `${receiver.url}/busy`, method: 'POST', endpoint_rate_limit: 5 };
  const others = await account.createAction({ ...definition, retry_enabled: false });
  const actionId = await account.createAction({
    ...definition,
    payload_template: { name: '{{contact.first_name}}' },
  });
  for (let count = 0; count < 12; count += 1) await hookline.engine.request({ accountId, actionId: others });
  const context = JSON.stringify({ contact: { id: 7, first_name: 'Ada' } });
  const request = await hookline.engine.request({ accountId, actionId, context });
  last = request.executionId;
  await hookline.outcome(request, 60_000);
  await account.execution(last, 'success');
  return last;
}
