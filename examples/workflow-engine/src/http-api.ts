import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { beginRun, type BeginRunDeps } from './begin-run.ts';
import type { BuilderRoutes } from './builder/builder-routes.ts';
import { type Answer, answerJson, found, nothingHere, refused } from './http/answer.ts';
import { BodyTooLargeError, readJson } from './http/read-body.ts';
import { refuseCrossSite } from './http/refuse-cross-site.ts';
import { type Run, RUN_ID } from './run.ts';
import { InvalidWorkflowError, readWorkflow } from './workflow.ts';

interface HttpApiDeps extends BeginRunDeps {
  engine: BeginRunDeps['engine'] & { cancel(runId: string): Promise<boolean> };
  runs: { find(id: string): Promise<Run | null> };
  builder: BuilderRoutes;
  logger: Logger;
}

const NEW_RUN = Type.Object({
  account_id: Type.String({ minLength: 1, maxLength: 200 }),
  contact_id: Type.String({ maxLength: 200 }),
  workflow: Type.Unknown(),
});
const FIELDS = Type.Record(Type.String(), Type.Unknown());

/**
 * Serves a few paths for trying out the engine: they store and show contacts, begin, show and cancel runs, and show the
 * builder page.
 */
export function createHttpApi(deps: HttpApiDeps, options: { host: string; port: number }): Component {
  const server = createServer((request, response) => {
    answer(deps, request)
      .catch(failed(deps.logger))
      .then(({ status, headers, content }) => {
        response.writeHead(status, headers).end(content);
      })
      .catch((error: unknown) => response.destroy(error as Error));
  });
  return {
    name: 'http api',
    start: async () => {
      if (server.listening) return;
      server.listen(options.port, options.host);
      await once(server, 'listening');
      deps.logger.info({ port: (server.address() as AddressInfo).port }, 'listening');
    },
    stop: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(deps: HttpApiDeps, request: IncomingMessage): Promise<Answer> {
  const refusal = refuseCrossSite(request);
  if (refusal) return refusal;
  const [path = ''] = (request.url ?? '').split('?', 1);
  const built = await deps.builder(request, path);
  if (built) return built;
  const contactId = /^\/contacts\/([^/]{1,200})$/.exec(path)?.[1];
  const [, runId, cancel] = new RegExp(`^/runs/(${RUN_ID})(/cancel)?$`).exec(path) ?? [];
  switch (request.method) {
    case 'PUT':
      return contactId ? putContact(deps, contactId, await readJson(request)) : nothingHere;
    case 'POST':
      if (path === '/runs') return beginPosted(deps, await readJson(request));
      return runId && cancel ? cancelRun(deps, runId) : nothingHere;
    case 'GET':
      if (contactId) return found(await deps.contacts.find(contactId));
      return runId && !cancel ? found(await deps.runs.find(runId)) : nothingHere;
    default:
      return nothingHere;
  }
}

async function putContact({ contacts }: HttpApiDeps, id: string, body: unknown): Promise<Answer> {
  if (!Value.Check(FIELDS, body)) return refused('the body must be a JSON object of fields');
  await contacts.put(id, body);
  return answerJson(200, await contacts.find(id));
}

async function beginPosted(deps: HttpApiDeps, body: unknown): Promise<Answer> {
  if (!Value.Check(NEW_RUN, body)) return refused('the body must have account_id, contact_id and workflow');
  const { account_id: accountId, contact_id: contactId } = body;
  return beginRun(deps, { accountId, contactId, workflow: readWorkflow(body.workflow) });
}

async function cancelRun({ engine }: HttpApiDeps, runId: string): Promise<Answer> {
  if (await engine.cancel(runId)) return answerJson(200, { id: runId, status: 'cancelled' });
  return refused('the run does not exist, has ended or is already being cancelled', 409);
}

function failed(logger: Logger): (error: unknown) => Answer {
  return (error) => {
    if (error instanceof InvalidWorkflowError || error instanceof SyntaxError) return refused(error.message);
    if (error instanceof BodyTooLargeError) return refused(error.message, 413);
    logger.error({ err: error }, 'a request failed; responded with 500');
    return refused('internal error; see the log of the engine', 500);
  };
}
