import { type HooklineClient, idempotent } from '@hookline/client';
import { HooklineError } from '@hookline/client/hookline-error';
import { createFormClient } from '@hookline/webhook-form/host/create-form-client';
import { type WebhookFormClient, WebhookFormError } from '@hookline/webhook-form/host/form-client';
import type { SignedIn } from '../session/session-context.ts';
import { texts } from '../texts.ts';

interface Place extends Pick<SignedIn, 'api' | 'named'> {
  workflowId: string;
  /** Null for a webhook that does not exist yet. */
  actionId: string | null;
}

type Method = 'GET' | 'PUT' | 'POST';
/** Sends a request to a path whose parameters are already filled in, without the types of the path template. */
type UntypedCall = (path: string, init: object) => Promise<{ response: Response }>;

const NOT_FOUND = 404;
const CONFLICT = 412;

/** Creates the client of the form, which sends requests through the API client of the console. */
export function consoleFormClient({ api, named, workflowId, actionId }: Place): WebhookFormClient {
  return createFormClient({
    apiBase: '',
    workflowId,
    actionId,
    headers: () => ({}),
    fetch: async (path, init) => {
      try {
        return await send(api, path, { ...init, query: named });
      } catch (error) {
        if (!(error instanceof HooklineError)) throw error;
        if (init.method !== 'GET') throw formError(error);
        // The form expects this response if there is no draft; any other refusal is shown in place of the form.
        if (error.status === NOT_FOUND && path.endsWith('/draft')) return error.response;
        throw error;
      }
    },
  });
}

/** @throws HooklineError if the API refuses the request */
async function send(
  api: HooklineClient,
  path: string,
  { method, headers, body, query }: RequestInit & { query: object },
): Promise<Response> {
  const call = api[method as Method] as unknown as UntypedCall;
  const { response } = await call(path, {
    params: { query, ...(method === 'POST' && idempotent()) },
    headers,
    body: body ?? undefined,
    bodySerializer: String,
    parseAs: 'stream',
  });
  return response;
}

function formError({ message, errors, status }: HooklineError): WebhookFormError {
  const text = errors.length === 0 ? message : texts.webhooks.form.refused(errors.length);
  return new WebhookFormError(text, errors, { isConflict: status === CONFLICT });
}
