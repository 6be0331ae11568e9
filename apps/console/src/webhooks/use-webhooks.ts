import { HooklineError } from '@hookline/client/hookline-error';
import { idempotent } from '@hookline/client';
import type { components } from '@hookline/client/schema';
import { type QueryClient, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { type PagedList, usePagedList } from '../lists/paged-list.ts';
import { useSignedIn } from '../session/session-context.ts';

type Schemas = components['schemas'];
export type Webhook = Schemas['WebhookAction'];
type Comparison = Schemas['WebhookComparison'];

/** Identifies a webhook. */
interface WebhookKey {
  workflowId: string;
  actionId: string;
}

const WEBHOOK = '/api/v1/workflows/{workflow_id}/actions/{action_id}/webhook';

export function usePublishedWebhooks(workflowId: string): PagedList<Schemas['WebhookActionList']> {
  const { api, accountId, named } = useSignedIn();
  return usePagedList(['webhooks', accountId, workflowId], async (page, signal) => {
    const params = { path: { workflow_id: workflowId }, query: { ...named, ...page } };
    const { data } = await api.GET('/api/v1/workflows/{workflow_id}/actions', { params, signal });
    return data;
  });
}

export function useWebhookDrafts(workflowId: string): PagedList<Schemas['WebhookDraftList']> {
  const { api, accountId, named } = useSignedIn();
  return usePagedList(['webhook-drafts', accountId, workflowId], async (page, signal) => {
    const params = { path: { workflow_id: workflowId }, query: { ...named, ...page } };
    const { data } = await api.GET('/api/v1/workflows/{workflow_id}/drafts', { params, signal });
    return data;
  });
}

/** Returns the result of a request, or null instead of a 404. */
export async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: unknown) => {
    if (error instanceof HooklineError && error.status === 404) return null;
    throw error;
  });
}

export interface WebhookState {
  /** Null while nothing is published. */
  published: Webhook | null;
  /** Null if there is no draft. */
  draft: Pick<Schemas['SavedWebhookDraft'], 'url' | 'method' | 'revision' | 'based_on' | 'updated_at'> | null;
}

/** Reads a webhook and its draft. */
export function useWebhook({ workflowId, actionId }: WebhookKey): UseQueryResult<WebhookState> {
  const { api, accountId, named } = useSignedIn();
  return useQuery<WebhookState>({
    queryKey: ['webhook', accountId, workflowId, actionId],
    queryFn: async ({ signal }) => {
      const init = {
        params: { path: { workflow_id: workflowId, action_id: actionId }, query: named },
        signal,
      };
      const reading = api.GET(WEBHOOK, init);
      const [published, draft] = await Promise.all([
        orNull(reading),
        orNull(api.GET(`${WEBHOOK}/draft`, init)),
      ]);
      // If there is no draft either, the query fails with the 404 of the published webhook.
      if (!published && !draft) await reading;
      return { published: published?.data ?? null, draft: draft?.data ?? null };
    },
  });
}

export function useVersions({ workflowId, actionId }: WebhookKey): PagedList<Schemas['WebhookVersionList']> {
  const { api, accountId, named } = useSignedIn();
  return usePagedList(['webhook-versions', accountId, workflowId, actionId], async (page, signal) => {
    const params = {
      path: { workflow_id: workflowId, action_id: actionId },
      query: { ...named, ...page },
    };
    const { data } = await api.GET(`${WEBHOOK}/versions`, { params, signal });
    return data;
  });
}

type Version = Schemas['WebhookVersion'];

/** Reads a published version. */
export function useVersion({ workflowId, actionId }: WebhookKey, version: number): UseQueryResult<Version> {
  const { api, accountId, named } = useSignedIn();
  return useQuery<Version>({
    queryKey: ['webhook-version', accountId, workflowId, actionId, version],
    queryFn: async ({ signal }) => {
      const path = { workflow_id: workflowId, action_id: actionId, version: String(version) };
      const { data } = await api.GET(`${WEBHOOK}/versions/{version}`, {
        params: { path, query: named },
        signal,
      });
      return data;
    },
  });
}

export function useComparison(
  { workflowId, actionId }: WebhookKey,
  { version, other }: { version: number; other: string },
): UseQueryResult<Comparison> {
  const { api, accountId, named } = useSignedIn();
  return useQuery<Comparison>({
    queryKey: ['webhook-comparison', accountId, workflowId, actionId, version, other],
    queryFn: async ({ signal }) => {
      const path = { workflow_id: workflowId, action_id: actionId, version: String(version) };
      const params = { path, query: { ...named, with: other } };
      const { data } = await api.GET(`${WEBHOOK}/versions/{version}/compare`, { params, signal });
      return data;
    },
  });
}

interface WebhookActions {
  pause(): Promise<void>;
  resume(): Promise<void>;
  publish(): Promise<void>;
  discard(): Promise<void>;
  restore(version: number): Promise<void>;
  republish(version: number): Promise<void>;
}

/** Refetches the queries about a webhook that are in use, and marks its other queries as stale. */
export async function invalidateWebhook(
  queries: QueryClient,
  accountId: string | null,
  { workflowId, actionId }: WebhookKey,
): Promise<void> {
  const names = ['webhook', 'webhook-version', 'webhook-versions', 'webhook-comparison'];
  const keys = names.map((name) => [name, accountId, workflowId, actionId]);
  keys.push(['webhooks', accountId, workflowId], ['webhook-drafts', accountId, workflowId]);
  await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** Returns functions that change a webhook and then refetch the queries about it that are in use. */
export function useWebhookActions({ workflowId, actionId }: WebhookKey): WebhookActions {
  const { api, accountId, named } = useSignedIn();
  const client = useQueryClient();
  const path = { workflow_id: workflowId, action_id: actionId };
  const request = () => ({ params: { path, query: named, ...idempotent() } });
  const ofVersion = (version: number) => ({
    params: { path: { ...path, version: String(version) }, query: named, ...idempotent() },
    body: null,
  });
  const done = async (change: Promise<unknown>): Promise<void> => {
    await change;
    await invalidateWebhook(client, accountId, { workflowId, actionId });
  };
  return {
    pause: () => done(api.POST(`${WEBHOOK}/pause`, request())),
    resume: () => done(api.POST(`${WEBHOOK}/resume`, request())),
    publish: () => done(api.POST(`${WEBHOOK}/publish`, request())),
    discard: () => done(api.DELETE(`${WEBHOOK}/draft`, { params: { path, query: named } })),
    restore: (version) => done(api.POST(`${WEBHOOK}/versions/{version}/restore`, ofVersion(version))),
    republish: (version) => done(api.POST(`${WEBHOOK}/versions/{version}/republish`, ofVersion(version))),
  };
}
