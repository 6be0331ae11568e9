import type { Authentication } from '@hookline/shared/contracts/authentication/kind';
import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import { credentialSecrets } from '@hookline/credentials/credential';
import { createSecretFilter, type SecretFilter } from '@hookline/credentials/secret-filter';
import { RenderError } from '@hookline/template/template-error';
import { renderText } from '@hookline/template/text-template';
import { renderTarget } from '@hookline/template/url-template';
import { signingKeyTexts } from '@hookline/credentials/signing-secret';
import type { PreparedRequest, SentHeader } from '../call/prepared-request.ts';
import type { DefinitionProblem } from '../definition-problem.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import { sign } from '../signing/sign.ts';
import type { HeaderTemplate } from './compile-headers.ts';
import { type Compilation, type CompiledDefinition, MAX_PAYLOAD_BYTES } from './compile-definition.ts';
import { headerValueProblem, MAX_HEADER_VALUE_LENGTH } from './header-rules.ts';

/** Plaintext secrets of a call; opened for it and not kept. */
export interface CallSecrets {
  /** Null for auth type none. */
  credential: Credential | null;
  /** Keys to sign with, newest first, and the start of the attempt (epoch ms); null without signing. */
  signing: { keys: readonly Buffer[]; startedAt: number } | null;
}

export interface PrepareInput extends Pick<CallSecrets, 'signing'> {
  /** Result of `authenticate`; null without authentication. */
  authentication: Authentication | null;
  /** Result of `parseContext`. */
  context: unknown;
  /** Sent as `webhook-id`: the same in every attempt, so that a receiver can drop duplicates. */
  executionId: string;
  /** Number of the attempt, from 1; sent as `webhook-attempt`. */
  attempt: number;
}

/** Renders a compiled definition for one attempt. Pure: the same input results in the same bytes. */
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
    const body =
      compilation.payload && Buffer.from(compilation.payload.render(input.context, MAX_PAYLOAD_BYTES));
    field = 'request';
    headers.push(...identityHeaders(input));
    field = 'auth_config';
    headers.push(...authHeaders(compilation, input.authentication));
    field = 'signing';
    headers.push(...signatureHeaders(compilation, input, body));
    return {
      kind: 'prepared',
      method: compilation.method,
      origin: compilation.url.origin,
      target,
      headers,
      body,
      secrets: secretFilter(input.authentication?.secrets ?? [], input.signing),
      waitedMs: input.authentication?.waitedMs ?? 0,
      refused: input.authentication?.refused ?? (() => false),
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

function authHeaders({ auth }: CompiledDefinition, authentication: Authentication | null): SentHeader[] {
  if (auth.type === 'none') return [];
  if (!authentication) throw new RenderError(`no ${auth.type} credential is stored`);
  return authentication.headers.map((header) => {
    const reason = headerValueProblem(header.value);
    if (reason) throw new RenderError(reason);
    return { ...header, sensitive: true };
  });
}

/** Signs each attempt with its own time, so that receivers can refuse old requests (Standard Webhooks). */
function signatureHeaders(
  { signed }: CompiledDefinition,
  { executionId: id, signing }: PrepareInput,
  body: Buffer | null,
): SentHeader[] {
  if (!signed) return [];
  if (!signing || signing.keys.length === 0) throw new RenderError('no signing secret is stored');
  // A dot separates the id from the timestamp: with a dot in the id, the signature would match another id and time.
  if (id.includes('.')) throw new RenderError('an executionId with a dot cannot be signed');
  const timestamp = Math.floor(signing.startedAt / 1_000);
  return [
    { name: 'webhook-timestamp', value: String(timestamp), sensitive: false },
    // Sensitive: within the receiver's tolerance, readers of the history could replay the request with it.
    { name: 'webhook-signature', value: sign({ id, timestamp, body }, signing.keys), sensitive: true },
  ];
}

/** Creates the filter for the secrets of a call, even if its request cannot be built. */
export function callSecretFilter({ credential, signing }: CallSecrets): SecretFilter {
  return secretFilter(credential ? credentialSecrets(credential) : [], signing);
}

function secretFilter(secrets: readonly string[], signing: CallSecrets['signing']): SecretFilter {
  return createSecretFilter([...secrets, ...(signing ? signing.keys.flatMap(signingKeyTexts) : [])]);
}
