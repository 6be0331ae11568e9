import type { IncomingMessage } from 'node:http';
import { createHooklineClient, type HooklineClient } from '@hookline/client';
import { HooklineError } from '@hookline/client/hookline-error';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { beginRun, type BeginRunDeps } from '../begin-run.ts';
import { contextOf } from '../context.ts';
import { type Answer, answerJson, found, nothingHere, refused } from '../http/answer.ts';
import { readJson } from '../http/read-body.ts';
import { type Run, RUN_ID } from '../run.ts';
import {
  type DrawnWorkflow,
  readDrawnWorkflow,
  runnableWorkflow,
  webhookNameOf,
} from './builder-workflow.ts';
import { passOn } from './hookline-proxy.ts';
import { formFile, pageFile } from './page-files.ts';
import { runView } from './run-view.ts';

interface BuilderDeps extends BeginRunDeps {
  runs: { find(id: string): Promise<Run | null> };
}

interface BuilderOptions {
  /** Origin of Hookline's API; empty to disable the builder page. */
  apiUrl: string;
  apiKey: string;
  accountId: string;
  /** Origin at which people open the console; empty if it is the origin of the API. */
  consoleUrl: string;
  /** Folder with the bundles of the form. */
  formDir: string;
}

/** Responds to a request of the builder page; returns null for any other path. */
export type BuilderRoutes = (request: IncomingMessage, path: string) => Promise<Answer | null>;

const NEW_RUN = Type.Object({ contact_id: Type.String({ minLength: 1, maxLength: 200 }) });
const RUN_PATH = new RegExp(`^runs/(${RUN_ID})$`);

/** Thrown if a step of the workflow has no published webhook. */
class NotPublishedError extends Error {
  override readonly name = 'NotPublishedError';
}

/**
 * Creates the routes of the builder page: its files, the form, the form's requests to Hookline, and the runs that the
 * page starts and watches.
 */
export function createBuilderRoutes(deps: BuilderDeps, options: BuilderOptions): BuilderRoutes {
  const { apiUrl, apiKey, formDir } = options;
  const client = createHooklineClient({ baseUrl: apiUrl, apiKey });
  return async (request, path) => {
    const [, area, rest = ''] = /^\/(builder|form|hookline)(?:\/(.*))?$/.exec(path) ?? [];
    if (area === undefined) return null;
    if (apiUrl === '')
      return refused(
        'the builder is disabled; set HOOKLINE_API_URL, HOOKLINE_API_KEY and HOOKLINE_ACCOUNT_ID',
        404,
      );
    const isGet = request.method === 'GET';
    if (area === 'form') return isGet ? formFile(formDir, rest) : nothingHere;
    const workflow = await readDrawnWorkflow();
    if (area === 'hookline') return passOn({ apiUrl, apiKey, workflowId: workflow.id }, request, `/${rest}`);
    return builderPath({ ...deps, client, workflow, options }, request, rest);
  };
}

interface Builder extends BuilderDeps {
  client: HooklineClient;
  workflow: DrawnWorkflow;
  options: BuilderOptions;
}

async function builderPath(builder: Builder, request: IncomingMessage, rest: string): Promise<Answer> {
  const { workflow, runs, options } = builder;
  const method = request.method ?? '';
  if (method === 'POST' && rest === 'runs') return beginDrawn(builder, await readJson(request));
  if (method !== 'GET') return nothingHere;
  if (rest === 'workflow') return answerJson(200, workflow);
  const contactId = /^contexts\/([\w-]{1,64})$/.exec(rest)?.[1];
  if (contactId !== undefined) return found(await contextFor(builder, contactId));
  const runId = RUN_PATH.exec(rest)?.[1];
  if (runId === undefined) return pageFile(rest);
  const run = await runs.find(runId);
  return found(run && runView(run, trimmed(options.consoleUrl || options.apiUrl)));
}

/** Returns the context that a run for this contact would send, without the id of the run. */
async function contextFor(
  { contacts, workflow, options }: Builder,
  contactId: string,
): Promise<object | null> {
  const contact = await contacts.find(contactId);
  const { accountId } = options;
  const run = { id: '', accountId, contactId, workflow: { id: workflow.id, steps: [] }, variables: {} };
  return contact && contextOf(run, contact.fields);
}

async function beginDrawn(builder: Builder, body: unknown): Promise<Answer> {
  const { workflow, options } = builder;
  if (!Value.Check(NEW_RUN, body))
    return refused('the body must contain contact_id, a string of 1 to 200 characters');
  const { contact_id: contactId } = body;
  try {
    const runnable = await runnableWorkflow(workflow, (stepId) => publishedId(builder, stepId));
    const { accountId } = options;
    return await beginRun(builder, { accountId, contactId, workflow: runnable });
  } catch (error) {
    if (error instanceof NotPublishedError) return refused(error.message, 409);
    throw error;
  }
}

/** @throws NotPublishedError */
async function publishedId({ client, workflow }: Builder, stepId: string): Promise<string> {
  const path = { workflow_id: workflow.id, action_id: webhookNameOf(workflow.id, stepId) };
  try {
    const { data } = await client.GET('/api/v1/workflows/{workflow_id}/actions/{action_id}/webhook', {
      params: { path },
    });
    return data.id;
  } catch (error) {
    if (!(error instanceof HooklineError) || error.status !== 404) throw error;
    throw new NotPublishedError(`the webhook of the step ${stepId} is not published; publish it first`, {
      cause: error,
    });
  }
}

function trimmed(url: string): string {
  return url.replace(/\/$/, '');
}
