import type { Authentication } from '@hookline/shared/contracts/authentication/kind';
import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import { credentialSecrets } from '@hookline/credentials/credential';
import { RenderError } from '@hookline/template/template-error';
import { signingKeyTexts } from '@hookline/credentials/signing-secret';
import type { PreparedRequest, SentHeader } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import { sign } from '../signing/sign.ts';
import { headerValueProblem } from './header-rules.ts';
import { refusedByError, type RenderedRequest } from './render-request.ts';
import { sameBytes } from './same-bytes.ts';

/** Plaintext secrets of a call, which are opened for this call and not kept. */
export interface CallSecrets {
  /** Null for auth type none, and if the definition does not compile. */
  credential: Credential | null;
  /** Keys to sign with, newest first, and the start of the attempt (epoch ms); null without signing. */
  signing: { keys: readonly Buffer[]; startedAt: number } | null;
}

export interface FinishInput extends Pick<CallSecrets, 'signing'> {
  /** Result of `authenticate`; null without authentication. */
  authentication: Authentication | null;
  /** Sent as `webhook-id`; the same in every attempt, so that a receiver can drop duplicates. */
  executionId: string;
  /** Number of the attempt, from 1; sent as `webhook-attempt`. */
  attempt: number;
}

/**
 * Adds identity, authentication and signature of one attempt to a rendered request. Pure: the same input results in the
 * same bytes.
 */
export function finishRequest(
  rendered: RenderedRequest,
  input: FinishInput,
): PreparedRequest | RefusedRequest {
  const { method, origin, target } = rendered;
  const body = rendered.body && sameBytes(rendered.body);
  const headers = [...rendered.headers];
  let field = 'request';
  try {
    headers.push(...identityHeaders(input));
    field = 'auth_config';
    headers.push(...authHeaders(rendered, input.authentication));
    field = 'signing';
    headers.push(...signatureHeaders(rendered, input, body));
  } catch (error) {
    return refusedByError(error, field);
  }
  const secretTexts = secretTextsOf(input.authentication?.secrets ?? [], input.signing);
  return {
    kind: 'prepared',
    method,
    origin,
    target,
    headers,
    body,
    secretTexts,
    waitedMs: input.authentication?.waitedMs ?? 0,
    refused: input.authentication?.refused ?? (() => false),
  };
}

function identityHeaders({ executionId, attempt }: FinishInput): SentHeader[] {
  const reason = headerValueProblem(executionId);
  if (reason) throw new RenderError(`executionId: ${reason}`);
  return [
    { name: 'webhook-id', value: executionId, sensitive: false },
    { name: 'webhook-attempt', value: String(attempt), sensitive: false },
  ];
}

function authHeaders({ auth }: RenderedRequest, authentication: Authentication | null): SentHeader[] {
  if (auth.type === 'none') return [];
  if (!authentication) throw new RenderError(`no ${auth.type} credential is stored`);
  return authentication.headers.map((header) => {
    const reason = headerValueProblem(header.value);
    if (reason) throw new RenderError(reason);
    return { ...header, sensitive: true };
  });
}

/** Signs each attempt with its own start time, so that receivers can refuse old requests (Standard Webhooks). */
function signatureHeaders(
  { signed }: RenderedRequest,
  { executionId: id, signing }: FinishInput,
  body: Buffer | null,
): SentHeader[] {
  if (!signed) return [];
  if (!signing || signing.keys.length === 0) throw new RenderError('no signing secret is stored');
  // A dot separates the id from the timestamp in the signed text, so if the id contained a dot, the signature would
  // also match another id and time.
  if (id.includes('.')) throw new RenderError('an executionId with a dot cannot be signed');
  const timestamp = Math.floor(signing.startedAt / 1_000);
  return [
    { name: 'webhook-timestamp', value: String(timestamp), sensitive: false },
    // Redacted in history, because a reader of the history could replay the request with it within the receiver's time
    // tolerance.
    { name: 'webhook-signature', value: sign({ id, timestamp, body }, signing.keys), sensitive: true },
  ];
}

/** Lists the secrets of a call, which must be hidden everywhere, even if its request cannot be built. */
export function callSecretTexts({ credential, signing }: CallSecrets): string[] {
  return secretTextsOf(credential ? credentialSecrets(credential) : [], signing);
}

function secretTextsOf(secrets: readonly string[], signing: CallSecrets['signing']): string[] {
  return [...secrets, ...(signing ? signing.keys.flatMap(signingKeyTexts) : [])];
}
