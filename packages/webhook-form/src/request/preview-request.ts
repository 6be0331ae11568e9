import { parseContext } from '@hookline/template/context';
import { RenderError } from '@hookline/template/template-error';
import { compileRequest, type RequestDefinition } from '@hookline/webhook-call/request/compile-request';
import type { DefinitionProblem } from '@hookline/webhook-call/definition-problem';
import { type RenderedRequest, renderRequest } from '@hookline/webhook-call/request/render-request';
import { authenticationKind, settingsOf } from '@hookline/shared/contracts/authentication/kinds';
import { COMPILE_OPTIONS } from '../model/compile-options.ts';

/** The request that the dispatcher would send with a context, or the reason why it would send none. */
export type RequestPreview =
  | {
      kind: 'rendered';
      method: string;
      url: string;
      headers: readonly { name: string; value: string }[];
      /** The body in UTF-8; null if there is none. */
      body: Uint8Array | null;
      /** Names of the headers that a call adds, for identity, authentication, signature and HTTP itself. */
      added: readonly string[];
    }
  /** No request can be made with the values of this context. */
  | { kind: 'refused'; reason: string }
  /** The definition itself has an error in the URL, headers or payload. */
  | { kind: 'invalid'; reason: string };

const NO_AUTH = { type: 'none', headerName: null, settings: {} } as const;
const METHODS_WITH_LENGTH: readonly string[] = ['POST', 'PUT', 'PATCH'];

/**
 * Renders a request with the dispatcher's own code. Errors in the authentication are ignored, because the rendered
 * request does not depend on it.
 * @param context JSON text
 */
export function previewRequest(definition: RequestDefinition, context: string): RequestPreview {
  const problems: DefinitionProblem[] = [];
  const compiled =
    compileRequest(definition, COMPILE_OPTIONS, []) ??
    compileRequest({ ...definition, auth: NO_AUTH }, COMPILE_OPTIONS, problems);
  if (!compiled) {
    const [first] = problems;
    return { kind: 'invalid', reason: first ? `${first.field}: ${first.message}` : '' };
  }
  const parsed = contextOf(context);
  if ('reason' in parsed) return { kind: 'refused', reason: parsed.reason };
  const rendered = renderRequest({ kind: 'compiled', ...compiled }, parsed.context);
  if (rendered.kind === 'refused') return { kind: 'refused', reason: rendered.detail ?? rendered.errorType };
  const { method, origin, target, headers, body } = rendered;
  const shown = headers.map(({ name, value }) => ({ name, value }));
  return {
    kind: 'rendered',
    method,
    url: origin + target,
    headers: shown,
    body,
    added: addedHeaders(rendered, definition),
  };
}

function contextOf(json: string): { context: unknown } | { reason: string } {
  try {
    return { context: parseContext(json) };
  } catch (error) {
    if (error instanceof RenderError) return { reason: error.message };
    throw error;
  }
}

function addedHeaders({ method, body }: RenderedRequest, { auth, signing }: RequestDefinition): string[] {
  const authHeader = authenticationKind(auth.type).headerName(settingsOf(auth));
  const hasLength = (body?.length ?? 0) > 0 || METHODS_WITH_LENGTH.includes(method);
  return [
    'host',
    'connection',
    ...(hasLength ? ['content-length'] : []),
    'webhook-id',
    'webhook-attempt',
    ...(signing ? ['webhook-timestamp', 'webhook-signature'] : []),
    ...(authHeader === null ? [] : [authHeader]),
  ];
}
