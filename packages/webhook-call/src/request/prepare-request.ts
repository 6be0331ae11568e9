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

/** What a call needs in clear; opened for it and not kept. */
export interface CallSecrets {
  /** Null for auth type none. */
  credential: Credential | null;
  /** Keys to sign with, newest first, and the start of the attempt (epoch ms); null without signing. */
  signing: { keys: readonly Buffer[]; startedAt: number } | null;
}

export interface FinishInput extends Pick<CallSecrets, 'signing'> {
  /** What `authenticate` made of the credential; null for none. */
  authentication: Authentication | null;
  /** Sent as `webhook-id`: the same in every attempt, so that a receiver can drop repetitions. */
  executionId: string;
  /** From 1; sent as `webhook-attempt`. */
  attempt: number;
}

/**
 * Adds to a rendered request what belongs to one attempt: identity, authentication and signature. Pure: the same input
 * gives the same bytes.
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

/** Every attempt is signed anew, so that receivers can refuse what is older than their tolerance (Standard Webhooks). */
function signatureHeaders(
  { signed }: RenderedRequest,
  { executionId: id, signing }: FinishInput,
  body: Buffer | null,
): SentHeader[] {
  if (!signed) return [];
  if (!signing || signing.keys.length === 0) throw new RenderError('no signing secret is stored');
  // It ends where the timestamp begins: with a dot in it the same signature would fit another id and time.
  if (id.includes('.')) throw new RenderError('an executionId with a dot cannot be signed');
  const timestamp = Math.floor(signing.startedAt / 1_000);
  return [
    { name: 'webhook-timestamp', value: String(timestamp), sensitive: false },
    // Good for a replay by whoever reads the history, for as long as the receiver's tolerance.
    { name: 'webhook-signature', value: sign({ id, timestamp, body }, signing.keys), sensitive: true },
  ];
}

/** The texts that must appear nowhere, whether or not the request of the call can be built. */
export function callSecretTexts({ credential, signing }: CallSecrets): string[] {
  return secretTextsOf(credential ? credentialSecrets(credential) : [], signing);
}

function secretTextsOf(secrets: readonly string[], signing: CallSecrets['signing']): string[] {
  return [...secrets, ...(signing ? signing.keys.flatMap(signingKeyTexts) : [])];
}
