import { randomUUID } from 'node:crypto';
import type { AccountKey, AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { TEST_CALL_LIMITS, type TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { Logger } from '@hookline/shared/runtime/logger';
import { type JudgedExchange, judgeExchange } from '@hookline/webhook-call/attempt/judge-exchange';
import { type ExchangeInput, exchangeOnce } from '@hookline/webhook-call/attempt/exchange-once';
import type { Caller } from '@hookline/webhook-call/call/caller';
import type { Keyring } from '@hookline/credentials/keyring';
import { SealError } from '@hookline/credentials/seal-error';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { answerToRead } from '@hookline/webhook-call/evaluation/answer-to-read';
import type { EvaluationOwner } from '@hookline/webhook-call/evaluation/evaluation';
import type { Evaluations } from '@hookline/webhook-call/evaluation/evaluations';
import { requestContext } from '@hookline/webhook-call/evaluation/request-context';
import { callSecretTexts } from '@hookline/webhook-call/request/prepare-request';
import { openSecrets, type SecretOpening } from '@hookline/webhook-call/request/open-secrets';
import { currentCaller } from '../audit/current-caller.ts';
import type { AuditEntry } from '../audit/record-audit.ts';
import { destinationOf } from '../actions/definition-destination.ts';
import { openingKeys } from '../actions/seal-credential.ts';
import { secretNotOpened } from '../actions/secret-not-opened.ts';
import type { Submission } from '../http/submission.ts';
import type { ActionAddress, SavedAction, StoredAction } from '../actions/stored-action.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import { sampleData, type SampleOverrides } from './sample-data.ts';
import { readTestCall, type TestCallOrder, withNumberTexts } from './test-call-input.ts';
import { type PermitSource, takePermit } from './take-permit.ts';
import { testCallView } from './test-call-view.ts';

interface MakeTestCallDeps {
  actions: {
    get(address: ActionAddress): Promise<StoredAction>;
    unsaved(owner: Omit<ActionAddress, 'actionId'>, submission: Submission): Promise<SavedAction>;
  };
  drafts: {
    /** Returns the definition that would be published if the draft were published now. */
    asPublished(address: ActionAddress): Promise<StoredAction>;
    workflowOf(accountId: string, actionId: string): Promise<string | null>;
  };
  store: { workflowOf(accountId: string, actionId: string): Promise<string | null> };
  accounts: {
    keys(accountId: string): Promise<AccountKey[]>;
    settings(accountId: string): Promise<Pick<AccountSettings, 'suspended'> | null>;
  };
  keyring: Keyring;
  quota: PermitSource;
  caller: Pick<Caller, 'call'>;
  tokens: ExchangeInput['tokens'];
  evaluations: Pick<Evaluations, 'render' | 'readAnswer'>;
  audit: { record(entry: AuditEntry): Promise<void> };
  logger: Logger;
}

interface MakeTestCallOptions {
  /** Whether to open only credentials that are bound to their destination (ADR 28). */
  destinationOnly: boolean;
}

/**
 * Makes one real call with sample data for a stored or unsaved definition. Stores neither an unsaved
 * definition nor the result.
 * @throws ProblemError 404, 409 for a suspended account, 422, 429, 503 for a secret that cannot be opened at the moment
 */
export type MakeTestCall = (accountId: string, submission: Submission) => Promise<TestCallResult>;

/** Definition to call, and whether its signing secret was created only for this call. */
interface Target {
  definition: WebhookDefinition;
  hasTestSecret: boolean;
  /** Warnings, for people, about the secrets of an unsaved definition. */
  secretWarnings: readonly string[];
}

const SECRET_FAILED = 'a stored secret could not be opened for a test call; no call was made';
const MAX_TIMEOUT_MS = TEST_CALL_LIMITS.timeoutSeconds * 1_000;
/** Workflow id of an unsaved definition if the request contains none. */
const SAMPLE_WORKFLOW = 'sample_workflow';
/** Makes the result show the whole request, because the request is the caller's own and is not stored. */
const SHOWN = { storeBodies: true, requestBodyBytes: Number.MAX_SAFE_INTEGER };

export function createMakeTestCall(deps: MakeTestCallDeps, options: MakeTestCallOptions): MakeTestCall {
  const { accounts, evaluations, logger } = deps;

  const call = async (target: Target, overrides: SampleOverrides): Promise<TestCallResult> => {
    const { definition, ...shown } = target;
    const executionId = randomUUID();
    const context = stringifyJson(sampleData(definition, withNumberTexts(overrides), executionId));
    const opening = await openingFor(deps, options, definition.accountId);
    const { accountId, responseMapping } = definition;
    const owner: EvaluationOwner = { accountId, key: `${accountId}/test` };
    const rendering = await renderSample(evaluations, owner, { definition, context });
    // The secrets are opened even if no request can be built, because they must be kept out of the result.
    const origin = destinationOf(definition.url)?.origin ?? null;
    const startedAt = Date.now();
    let secrets: string[] = [];
    const exchange = await exchangeOnce(deps.caller, {
      rendering,
      tokens: deps.tokens,
      openSecrets: async () => {
        const opened = await openOrExplain(definition, { startedAt, origin }, opening);
        if (!('kind' in opened)) secrets = callSecretTexts(opened);
        return opened;
      },
      executionId,
      attempt: 1,
      accountId,
      timeoutMs: Math.min(definition.timeoutMs, MAX_TIMEOUT_MS),
      sslVerify: definition.sslVerify,
      choices: definition,
    });
    const judged = judgeExchange(exchange, Date.now());
    logger.info(logFields(definition, judged), 'made a test call');
    const reading = { shown: SHOWN, responseMapping, sampleData: context };
    const toRead = answerToRead(exchange, judged.outcome, reading);
    // If no request was built, the opened secrets still have to be filtered.
    const known = exchange.request ? toRead : { ...toRead, secrets };
    const answer = await evaluations.readAnswer(owner, definition, known);
    return testCallView({ definition, ...shown, judged, answer, secrets });
  };

  return async (accountId, submission) => {
    const order = readTestCall(accountId, submission);
    if ('errors' in order) throw invalidFields(order.errors);
    if ((await accounts.settings(accountId))?.suspended) throw suspended();
    // Counted before the definition is checked, because the check resolves its host name and compiles its templates.
    const permit = await takePermit(deps.quota, accountId);
    try {
      await deps.audit.record(auditEntry(accountId, order));
      const target = await findTarget(deps, accountId, order);
      return await call(target, order.sampleData);
    } finally {
      await permit.end();
    }
  };
}

/** Builds the audit log entry, which is recorded before the call, so that no call is made without an entry. */
function auditEntry(accountId: string, order: TestCallOrder): AuditEntry {
  const target = order.kind === 'unsaved' ? 'unsaved definition' : order.actionId;
  return { caller: currentCaller(), accountId, action: 'webhook.test', target };
}

function logFields({ accountId, actionId }: WebhookDefinition, { outcome, durationMs }: JudgedExchange) {
  const { status, errorType, detail } = outcome;
  return { accountId, actionId, status, errorType, detail, durationMs };
}

async function findTarget(
  { actions, drafts, store }: Pick<MakeTestCallDeps, 'actions' | 'drafts' | 'store'>,
  accountId: string,
  order: TestCallOrder,
): Promise<Target> {
  if (order.kind === 'unsaved') {
    const workflowId = order.workflowId ?? SAMPLE_WORKFLOW;
    return unsavedTarget(await actions.unsaved({ accountId, workflowId }, order.definition));
  }
  const { actionId, isDraft } = order;
  const places = isDraft ? drafts : store;
  const workflowId = order.workflowId ?? (await places.workflowOf(accountId, actionId));
  if (workflowId === null) throw notFound(isDraft ? 'Draft of the webhook action' : 'Webhook action');
  const address = { accountId, workflowId, actionId };
  const { definition } = await (isDraft ? drafts.asPublished(address) : actions.get(address));
  return { definition, hasTestSecret: false, secretWarnings: [] };
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

/** @throws ProblemError 503 if a secret cannot be opened now but may be later, because a test call does not wait */
async function openOrExplain(...args: Parameters<typeof openSecrets>): ReturnType<typeof openSecrets> {
  try {
    return await openSecrets(...args);
  } catch (error) {
    throw error instanceof SealError ? secretNotOpened(error) : error;
  }
}

function unsavedTarget({ action, newSecret, secretWarnings }: SavedAction): Target {
  return { definition: action.definition, hasTestSecret: newSecret !== null, secretWarnings };
}

async function renderSample(
  evaluations: Pick<Evaluations, 'render'>,
  owner: EvaluationOwner,
  { definition, context }: { definition: WebhookDefinition; context: string },
): Promise<ExchangeInput['rendering']> {
  const rendering = await evaluations.render(owner, definition, requestContext(context));
  if (rendering.kind !== 'unusable_context') return rendering;
  return { kind: 'refused', errorType: 'render_error', detail: rendering.reason };
}

function suspended(): ProblemError {
  return new ProblemError(409, 'account_suspended', 'The account is suspended, so it cannot make calls');
}
