import { isDeepStrictEqual } from 'node:util';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import {
  PREVIEW_LIMITS,
  type PreviewedExecution,
  type PreviewWebhook,
  type WebhookPreview,
} from '@hookline/shared/contracts/rest/previews';
import type { EvaluationOwner, Rendering } from '@hookline/webhook-call/evaluation/evaluation';
import type { Evaluations } from '@hookline/webhook-call/evaluation/evaluations';
import type { AnswerRead, AnswerToRead } from '@hookline/webhook-call/evaluation/read-answer';
import { requestContext } from '@hookline/webhook-call/evaluation/request-context';
import type { RenderedRequest } from '@hookline/webhook-call/request/render-request';
import type { ActionAddress } from '../actions/stored-action.ts';
import { type PermitSource, takePermit } from '../test-calls/take-permit.ts';
import type { PastCall, PastExecution, PastExecutions } from './pg-past-executions.ts';
import { mappingChanges, requestChanges, type RequestSide } from './preview-changes.ts';

/** Definitions to compare, which may lack their secrets; `published` is null if the action is not published. */
interface Compared {
  published: WebhookDefinition | null;
  draft: WebhookDefinition;
}

interface PreviewDeps {
  /** Finds the published definition and the draft; a definition in the body is checked and used as the draft. */
  compared(address: ActionAddress, definition: PreviewedDefinition | undefined): Promise<Compared>;
  executions: PastExecutions;
  evaluations: Pick<Evaluations, 'render' | 'readAnswer'>;
  quota: PermitSource;
  now: () => number;
}

type PreviewedDefinition = NonNullable<NonNullable<PreviewWebhook>['definition']>;
type Bounds = { endsAt: number; bytesLeft: number };

/**
 * Renders a draft with the stored contexts of the newest executions, and maps their stored responses, without making a
 * call or opening a secret (ADR 37).
 * @throws ProblemError 404, 422, 429
 */
export type MakePreview = (address: ActionAddress, input: PreviewWebhook) => Promise<WebhookPreview>;

const NO_AUTHENTICATION =
  'Headers of authentication and signing are not part of a preview; make a test call of the draft to see them.';
const TRUNCATED = 'Some stored responses are cut to 10 KiB, so their mappings are not compared.';

export function createMakePreview(deps: PreviewDeps): MakePreview {
  const { now } = deps;
  return async (address, input) => {
    // The permit is taken first, because the check of a definition resolves its host name and compiles its templates.
    const permit = await takePermit(deps.quota, address.accountId);
    try {
      const compared = await deps.compared(address, input?.definition);
      const limit = input?.executions ?? PREVIEW_LIMITS.defaultExecutions;
      const bounds = { endsAt: now() + PREVIEW_LIMITS.durationMs, bytesLeft: PREVIEW_LIMITS.bytes };
      const previewed: Previewed[] = [];
      // Executions are compared one after another, because each may need a second of CPU time and several MiB.
      for (const execution of await deps.executions.newest(address, limit)) {
        previewed.push(await previewOne(deps, { compared, execution, bounds }));
      }
      const isTruncated = previewed.some(({ hasTruncatedResponse }) => hasTruncatedResponse);
      return {
        data: previewed.map(({ view }) => view),
        warnings: [NO_AUTHENTICATION, ...(isTruncated ? [TRUNCATED] : [])],
      };
    } finally {
      await permit.end();
    }
  };
}

interface Previewed {
  view: PreviewedExecution;
  /** Whether the mappings could not be compared because the stored response is truncated. */
  hasTruncatedResponse: boolean;
}

async function previewOne(
  deps: PreviewDeps,
  { compared, execution, bounds }: { compared: Compared; execution: PastExecution; bounds: Bounds },
): Promise<Previewed> {
  const omitted = omission(execution, bounds, deps.now());
  if (omitted !== null) return { view: view(execution, { reason: omitted }), hasTruncatedResponse: false };
  bounds.bytesLeft -= execution.contextBytes;
  const call = await deps.executions.read(execution);
  const { accountId } = execution;
  const owner: EvaluationOwner = { accountId, key: `${accountId}/preview`, poolOnly: true };
  const requests = await compareRequests(deps.evaluations, owner, { compared, execution, call });
  const isMappedAnew =
    compared.published !== null &&
    !isDeepStrictEqual(compared.published.responseMapping, compared.draft.responseMapping);
  const isTruncated = isMappedAnew && call.response?.truncated === true;
  const mapping_changes =
    isMappedAnew && !isTruncated ? await compareMappings(deps.evaluations, owner, { compared, call }) : [];
  return { view: view(execution, { ...requests, mapping_changes }), hasTruncatedResponse: isTruncated };
}

/** Returns the reason why an execution is not compared; null if it is compared. */
function omission(
  { contextBytes }: PastExecution,
  { endsAt, bytesLeft }: Bounds,
  now: number,
): string | null {
  if (contextBytes === 0) return 'its context is not stored';
  if (now >= endsAt) return `the preview had already taken ${PREVIEW_LIMITS.durationMs / 1_000} s`;
  return contextBytes > bytesLeft
    ? `with it, the contexts of the preview would take more than ${PREVIEW_LIMITS.bytes / 1_048_576} MiB`
    : null;
}

function view(
  { executionId, acceptedAt }: PastExecution,
  found: Partial<PreviewedExecution>,
): PreviewedExecution {
  return {
    execution_id: executionId,
    accepted_at: acceptedAt.toISOString(),
    result: 'not_compared',
    reason: null,
    changes: [],
    bodies: false,
    mapping_changes: [],
    ...found,
  };
}

async function compareRequests(
  evaluations: PreviewDeps['evaluations'],
  owner: EvaluationOwner,
  { compared, execution, call }: { compared: Compared; execution: PastExecution; call: PastCall },
): Promise<Partial<PreviewedExecution>> {
  const { published, draft } = compared;
  const { workflowId, actionId } = draft;
  const context = requestContext(call.context ?? '', { ...execution, workflowId, actionId });
  const before = published && (await evaluations.render(owner, published, context));
  const after = await evaluations.render(owner, draft, context);
  const bodies = !call.hidesBodies && draft.storeBodies && published?.storeBodies !== false;
  if (after.kind !== 'rendered') {
    const result = before?.kind === 'rendered' ? 'no_longer_renders' : 'never_rendered';
    return { result, reason: reasonOf(after), bodies };
  }
  if (before?.kind !== 'rendered') return { result: 'renders_again', bodies };
  const show = (definition: WebhookDefinition, rendered: RenderedRequest): Promise<RequestSide> =>
    shownRequest(evaluations, owner, { definition, rendered, storeBodies: bodies });
  const changes = requestChanges(await show(published ?? draft, before), await show(draft, after));
  return { result: changes.length > 0 ? 'different' : 'same', changes, bodies };
}

function reasonOf(rendering: Exclude<Rendering, RenderedRequest>): string {
  return rendering.kind === 'refused' ? rendering.detail : rendering.reason;
}

/** Cuts and redacts a request as history does with the request of an attempt. */
async function shownRequest(
  evaluations: PreviewDeps['evaluations'],
  owner: EvaluationOwner,
  {
    definition,
    rendered,
    storeBodies,
  }: { definition: WebhookDefinition; rendered: RenderedRequest; storeBodies: boolean },
): Promise<RequestSide> {
  const { method, origin, target, headers } = rendered;
  const body = rendered.body && Buffer.from(rendered.body);
  const request = { method, origin, target, headers, body };
  const read = await evaluations.readAnswer(owner, definition, {
    ...NOTHING_TO_READ,
    request,
    shown: { storeBodies },
  });
  if (!read.request) throw new Error('the result of readAnswer lacks the request to show');
  return { rendered, shown: read.request };
}

const NOTHING_TO_READ: AnswerToRead = {
  request: null,
  response: null,
  secrets: [],
  shown: { storeBodies: false },
  responseMapping: null,
  sampleData: null,
};

async function compareMappings(
  evaluations: PreviewDeps['evaluations'],
  owner: EvaluationOwner,
  { compared, call }: { compared: Compared; call: PastCall },
): Promise<PreviewedExecution['mapping_changes']> {
  const { published, draft } = compared;
  if (!call.response || !published) return [];
  const { status, headers } = call.response;
  const body = Buffer.from(call.response.body);
  const sizes = { bodyBytes: body.length, bodyBytesRead: body.length, truncated: false, durationMs: 0 };
  const response = { kind: 'response', status, headers, body, ...sizes } as const;
  const mapped = async (definition: WebhookDefinition): Promise<AnswerRead['mapped']> => {
    const { responseMapping } = definition;
    const answer = { ...NOTHING_TO_READ, response, responseMapping };
    return (await evaluations.readAnswer(owner, definition, answer)).mapped;
  };
  return mappingChanges(await mapped(published), await mapped(draft));
}
