import { randomUUID } from 'node:crypto';
import type { AccountKey, AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { TEST_CALL_LIMITS, type TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { Logger } from '@hookline/shared/runtime/logger';
import { judgeExchange, mapResponse } from '@hookline/webhook-call/attempt/judge-exchange';
import { type ExchangeInput, exchangeOnce } from '@hookline/webhook-call/attempt/exchange-once';
import type { Caller } from '@hookline/webhook-call/call/caller';
import type { Keyring } from '@hookline/credentials/keyring';
import type { OpeningKeys } from '@hookline/credentials/sealed-value';
import { createSecretFilter, type SecretFilter } from '@hookline/credentials/secret-filter';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { type CompileOptions, compileDefinition } from '@hookline/webhook-call/request/compile-definition';
import { callSecretFilter } from '@hookline/webhook-call/request/prepare-request';
import { openSecrets } from '@hookline/webhook-call/request/open-secrets';
import { parseContext } from '@hookline/template/context';
import type { Submission } from '../http/submission.ts';
import type { ActionAddress, SavedAction, StoredAction } from '../actions/stored-action.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import type { TestCallPermit } from './pg-quota.ts';
import type { QuotaRefusal } from './quota.ts';
import { sampleData } from './sample-data.ts';
import { readTestCall, type TestCallOrder } from './test-call-input.ts';
import { testCallView } from './test-call-view.ts';

interface MakeTestCallDeps {
  actions: {
    get(address: ActionAddress): Promise<StoredAction>;
    draft(owner: Omit<ActionAddress, 'actionId'>, submission: Submission): Promise<SavedAction>;
  };
  store: { workflowOf(accountId: string, actionId: string): Promise<string | null> };
  accounts: {
    keys(accountId: string): Promise<AccountKey[]>;
    settings(accountId: string): Promise<Pick<AccountSettings, 'suspended'> | null>;
  };
  keyring: Keyring;
  quota: { take(accountId: string): Promise<TestCallPermit | (QuotaRefusal & { kind: 'refused' })> };
  caller: Pick<Caller, 'call'>;
  tokens: ExchangeInput['tokens'];
  logger: Logger;
}

/**
 * Makes one real call of a definition, stored or not, with sample data. Stores nothing.
 * @throws ProblemError 404, 409 for a suspended account, 422, 429
 */
export type MakeTestCall = (accountId: string, submission: Submission) => Promise<TestCallResult>;

/** Definition to call, and whether its signing secret was created only for this call. */
interface Target {
  definition: WebhookDefinition;
  hasTestSecret: boolean;
}

const MAX_TIMEOUT_MS = TEST_CALL_LIMITS.timeoutSeconds * 1_000;
/** Used if no workflow is given. */
const SAMPLE_WORKFLOW = 'sample_workflow';
/** The result shows the whole request, because it is the caller's own and is not stored. */
const SHOWN = { storeBodies: true, requestBodyBytes: Number.MAX_SAFE_INTEGER };

export function createMakeTestCall(deps: MakeTestCallDeps, options: CompileOptions): MakeTestCall {
  const { actions, accounts, keyring, logger } = deps;

  const findTarget = async (accountId: string, order: TestCallOrder): Promise<Target> => {
    if (order.kind === 'unsaved') {
      const workflowId = order.workflowId ?? SAMPLE_WORKFLOW;
      const { action, newSecret } = await actions.draft({ accountId, workflowId }, order.definition);
      return { definition: action.definition, hasTestSecret: newSecret !== null };
    }
    const { actionId } = order;
    const workflowId = order.workflowId ?? (await deps.store.workflowOf(accountId, actionId));
    if (workflowId === null) throw notFound('Webhook action');
    const { definition } = await actions.get({ accountId, workflowId, actionId });
    return { definition, hasTestSecret: false };
  };

  const openingKeys = async (accountId: string): Promise<OpeningKeys> => {
    const keys = new Map((await accounts.keys(accountId)).map((key) => [key.dekId, key]));
    return { keyring, findAccountKey: (_accountId, dekId) => keys.get(dekId) };
  };

  const call = async ({ definition, hasTestSecret }: Target, context: string): Promise<TestCallResult> => {
    const { accountId, actionId } = definition;
    const keys = await openingKeys(accountId);
    const compilation = compileDefinition(definition, options);
    let secrets: SecretFilter = createSecretFilter([]);
    const exchange = await exchangeOnce(deps.caller, {
      compilation,
      tokens: deps.tokens,
      openSecrets: async () => {
        const opened = await openSecrets(definition, Date.now(), keys);
        if (!('kind' in opened)) secrets = callSecretFilter(opened);
        return opened;
      },
      context: parseContext(context),
      executionId: randomUUID(),
      attempt: 1,
      accountId,
      timeoutMs: Math.min(definition.timeoutMs, MAX_TIMEOUT_MS),
      sslVerify: definition.sslVerify,
      choices: definition,
    });
    const judged = judgeExchange(exchange, Date.now(), SHOWN);
    const { outcome, durationMs } = judged;
    const { status, errorType, detail } = outcome;
    logger.info({ accountId, actionId, status, errorType, detail, durationMs }, 'made a test call');
    const mapped = mapResponse(exchange, outcome, compilation);
    return testCallView({ definition, hasTestSecret, judged, mapped, context, secrets });
  };

  return async (accountId, submission) => {
    const order = readTestCall(submission);
    if ('errors' in order) throw invalidFields(order.errors);
    const target = await findTarget(accountId, order);
    if ((await accounts.settings(accountId))?.suspended) throw suspended();
    const permit = await deps.quota.take(accountId);
    if (permit.kind === 'refused') throw tooMany(permit);
    try {
      return await call(target, stringifyJson(sampleData(target.definition, order.sampleData)));
    } finally {
      await permit.end();
    }
  };
}

function suspended(): ProblemError {
  return new ProblemError(409, 'account_suspended', 'The account is suspended, so it cannot make calls');
}

function tooMany({ reason, retryAfterSeconds }: QuotaRefusal): ProblemError {
  return new ProblemError(429, 'too_many_test_calls', `${reason}; wait ${retryAfterSeconds} s`, {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}
