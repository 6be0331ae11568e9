import { randomUUID } from 'node:crypto';
import type { AccountKey, AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { TEST_CALL_LIMITS, type TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { Logger } from '@hookline/shared/runtime/logger';
import { judgeExchange, mapAnswer } from '@hookline/webhook-call/attempt/judge-exchange';
import { type ExchangeInput, exchangeOnce } from '@hookline/webhook-call/attempt/exchange-once';
import type { Caller } from '@hookline/webhook-call/call/caller';
import type { Keyring } from '@hookline/credentials/keyring';
import { SealError } from '@hookline/credentials/seal-error';
import { createSecretFilter, type SecretFilter } from '@hookline/credentials/secret-filter';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { type CompileOptions, compileDefinition } from '@hookline/webhook-call/request/compile-definition';
import { callSecretFilter } from '@hookline/webhook-call/request/prepare-request';
import { openSecrets, type SecretOpening } from '@hookline/webhook-call/request/open-secrets';
import { parseContext } from '@hookline/template/context';
import type { Actions } from '../actions/actions.ts';
import { openingKeys } from '../actions/seal-credential.ts';
import { secretNotOpened } from '../actions/secret-not-opened.ts';
import type { Submission } from '../http/submission.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import type { TestCallQuota } from './pg-quota.ts';
import type { QuotaRefusal } from './quota.ts';
import { sampleData } from './sample-data.ts';
import { readTestCall, type TestCallOrder } from './test-call-input.ts';
import { testCallView } from './test-call-view.ts';

interface MakeTestCallDeps {
  actions: Pick<Actions, 'get' | 'draft'>;
  store: { workflowOf(accountId: string, actionId: string): Promise<string | null> };
  accounts: {
    keys(accountId: string): Promise<AccountKey[]>;
    settings(accountId: string): Promise<Pick<AccountSettings, 'suspended'> | null>;
  };
  keyring: Keyring;
  quota: Pick<TestCallQuota, 'take'>;
  caller: Pick<Caller, 'call'>;
  tokens: ExchangeInput['tokens'];
  logger: Logger;
}

interface MakeTestCallOptions extends CompileOptions {
  /** Opens no credential that is not bound to its destination (ADR 28). */
  destinationOnly: boolean;
}

/**
 * Makes one real call of a definition, stored or not, with sample data. Nothing of it is stored.
 * @throws ProblemError 404, 409 for a suspended account, 422, 429, 503 for a secret that cannot be opened at the moment
 */
export type MakeTestCall = (accountId: string, submission: Submission) => Promise<TestCallResult>;

/** A definition to call, and whether its signing secret was made for this call alone. */
interface Tested {
  definition: WebhookDefinition;
  hasPassingSecret: boolean;
}

const SECRET_FAILED = 'a stored secret did not open for a test call; no call was made';
const MOST_MS = TEST_CALL_LIMITS.timeoutSeconds * 1_000;
/** Where no workflow is named. */
const SAMPLE_WORKFLOW = 'sample_workflow';
/** The answer shows the request whole: it is the caller's own and kept nowhere. */
const SHOWN = { storeBodies: true, requestBodyBytes: Number.MAX_SAFE_INTEGER };

export function createMakeTestCall(deps: MakeTestCallDeps, options: MakeTestCallOptions): MakeTestCall {
  const { actions, accounts, logger } = deps;

  const findTested = async (accountId: string, order: TestCallOrder): Promise<Tested> => {
    if (order.kind === 'unsaved') {
      const workflowId = order.workflowId ?? SAMPLE_WORKFLOW;
      const { action, newSecret } = await actions.draft({ accountId, workflowId }, order.definition);
      return { definition: action.definition, hasPassingSecret: newSecret !== null };
    }
    const { actionId } = order;
    const workflowId = order.workflowId ?? (await deps.store.workflowOf(accountId, actionId));
    if (workflowId === null) throw notFound('Webhook action');
    const { definition } = await actions.get({ accountId, workflowId, actionId });
    return { definition, hasPassingSecret: false };
  };

  const call = async ({ definition, hasPassingSecret }: Tested, context: string): Promise<TestCallResult> => {
    const opening = await openingFor(deps, options, definition.accountId);
    const compilation = compileDefinition(definition, options);
    const origin = compilation.kind === 'compiled' ? compilation.destination.origin : null;
    const startedAt = Date.now();
    let secrets: SecretFilter = createSecretFilter([]);
    const exchange = await exchangeOnce(deps.caller, {
      compilation,
      tokens: deps.tokens,
      openSecrets: async () => {
        const opened = await openOrExplain(definition, { startedAt, origin }, opening);
        if (!('kind' in opened)) secrets = callSecretFilter(opened);
        return opened;
      },
      context: parseContext(context),
      executionId: randomUUID(),
      attempt: 1,
      accountId: definition.accountId,
      timeoutMs: Math.min(definition.timeoutMs, MOST_MS),
      sslVerify: definition.sslVerify,
    });
    const judged = judgeExchange(exchange, Date.now(), SHOWN);
    const { status, errorType, detail } = judged.outcome;
    const { accountId, actionId } = definition;
    const { durationMs } = judged;
    logger.info({ accountId, actionId, status, errorType, detail, durationMs }, 'test call');
    const mapped = mapAnswer(exchange, judged.outcome, compilation);
    return testCallView({ definition, hasPassingSecret, judged, mapped, context, secrets });
  };

  return async (accountId, submission) => {
    const order = readTestCall(submission);
    if ('errors' in order) throw invalidFields(order.errors);
    const tested = await findTested(accountId, order);
    if ((await accounts.settings(accountId))?.suspended) throw suspended();
    const permit = await deps.quota.take(accountId);
    if (permit.kind === 'refused') throw tooMany(permit);
    try {
      return await call(tested, stringifyJson(sampleData(tested.definition, order.sampleData)));
    } finally {
      await permit.end();
    }
  };
}

async function openingFor(
  { keyring, accounts, logger }: MakeTestCallDeps,
  { destinationOnly }: MakeTestCallOptions,
  accountId: string,
): Promise<SecretOpening> {
  return {
    ...(await openingKeys({ keyring, accounts }, accountId)),
    destinationOnly,
    onFailure: ({ accountId, actionId }, { code, message }) =>
      logger.error({ accountId, actionId, cause: code, problem: message }, SECRET_FAILED),
  };
}

/** @throws ProblemError 503 if a secret may open later: a test call does not wait */
async function openOrExplain(...args: Parameters<typeof openSecrets>): ReturnType<typeof openSecrets> {
  try {
    return await openSecrets(...args);
  } catch (error) {
    throw error instanceof SealError ? secretNotOpened(error) : error;
  }
}

function suspended(): ProblemError {
  return new ProblemError(409, 'account_suspended', 'The account is suspended, so it makes no calls');
}

function tooMany({ reason, retryAfterSeconds }: QuotaRefusal): ProblemError {
  return new ProblemError(429, 'too_many_test_calls', `${reason}; wait ${retryAfterSeconds} s`, {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}
