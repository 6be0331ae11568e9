import type { HttpMethod } from '@hookline/shared/contracts/events';
import { type Credential, credentialHeader, credentialSecrets } from '../credentials/credential.ts';
import { createSecretFilter, type SecretFilter } from '../credentials/secret-filter.ts';
import { renderJson } from '../template/json-template.ts';
import { RenderError } from '../template/template-error.ts';
import { renderText } from '../template/text-template.ts';
import { renderTarget } from '../template/url-template.ts';
import type { HeaderTemplate } from './compile-headers.ts';
import { type Compilation, type CompiledDefinition, MAX_PAYLOAD_BYTES } from './compile-definition.ts';
import type { DefinitionProblem } from './definition-problem.ts';
import { headerValueProblem, MAX_HEADER_VALUE_LENGTH } from './header-rules.ts';

/** A request down to its bytes. Nothing after this renders, and `send` adds only what `SentHeader` describes. */
export interface PreparedRequest {
  kind: 'prepared';
  method: HttpMethod;
  /** `https://host[:port]`. */
  origin: string;
  /** Path and query as on the request line. */
  target: string;
  headers: readonly SentHeader[];
  body: Buffer | null;
  /** Knows the credential of this request, to filter it out of whatever is stored. */
  secrets: SecretFilter;
}

export interface SentHeader {
  name: string;
  value: string;
  sensitive: boolean;
}

/** No request could be built; the execution ends with this error, without a retry. */
export interface RefusedRequest {
  kind: 'refused';
  errorType: DefinitionProblem['errorType'];
  /** Field and reason, for the user. */
  detail: string;
}

export interface PrepareInput {
  /** What `parseContext` read. */
  context: unknown;
  /** Sent as `webhook-id`: the same in every attempt, so that a receiver can drop repetitions. */
  executionId: string;
  /** From 1; sent as `webhook-attempt`. */
  attempt: number;
  /** Opened for this call; null for auth type none. */
  credential: Credential | null;
}

/** Fills a compiled definition for one attempt. Pure: the same input gives the same bytes. */
export function prepareRequest(
  compilation: Compilation,
  input: PrepareInput,
): PreparedRequest | RefusedRequest {
  if (compilation.kind === 'invalid') return refusedByProblem(compilation.problems[0]);
  let field = 'url';
  try {
    const target = renderTarget(compilation.url, input.context);
    field = 'headers';
    const headers = compilation.headers.map((header) => {
      field = `headers.${header.name}`;
      return renderHeader(header, input.context);
    });
    field = 'payload_template';
    const body = compilation.payload
      ? renderJson(compilation.payload, input.context, MAX_PAYLOAD_BYTES)
      : null;
    field = 'request';
    headers.push(...identityHeaders(input));
    field = 'auth_config';
    headers.push(...authHeaders(compilation, input.credential));
    return {
      kind: 'prepared',
      method: compilation.method,
      origin: compilation.url.origin,
      target,
      headers,
      body,
      secrets: createSecretFilter(input.credential ? credentialSecrets(input.credential) : []),
    };
  } catch (error) {
    if (error instanceof RenderError)
      return { kind: 'refused', errorType: error.errorType, detail: `${field}: ${error.message}` };
    if (error instanceof RangeError) {
      return {
        kind: 'refused',
        errorType: 'render_error',
        detail: `${field}: the context is nested too deeply`,
      };
    }
    throw error;
  }
}

function refusedByProblem(first: DefinitionProblem | undefined): RefusedRequest {
  if (!first) throw new Error('an invalid definition must list its problems');
  return { kind: 'refused', errorType: first.errorType, detail: `${first.field}: ${first.message}` };
}

function renderHeader({ name, value, sensitive }: HeaderTemplate, context: unknown): SentHeader {
  if (typeof value === 'string') return { name, value, sensitive };
  const rendered = renderText(value, context, { maxLength: MAX_HEADER_VALUE_LENGTH }).trim();
  const reason = headerValueProblem(rendered);
  if (reason) throw new RenderError(reason);
  return { name, value: rendered, sensitive };
}

function identityHeaders({ executionId, attempt }: PrepareInput): SentHeader[] {
  const reason = headerValueProblem(executionId);
  if (reason) throw new RenderError(`executionId: ${reason}`);
  return [
    { name: 'webhook-id', value: executionId, sensitive: false },
    { name: 'webhook-attempt', value: String(attempt), sensitive: false },
  ];
}

function authHeaders(
  { authType, authHeaderName }: CompiledDefinition,
  credential: Credential | null,
): SentHeader[] {
  if (authType === 'none') return [];
  if (credential?.type !== authType) throw new RenderError(`no ${authType} credential is stored`);
  const header = credentialHeader(credential, authHeaderName);
  const reason = headerValueProblem(header.value);
  if (reason) throw new RenderError(reason);
  return [{ ...header, sensitive: true }];
}
