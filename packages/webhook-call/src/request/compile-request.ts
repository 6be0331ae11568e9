import type { AuthSettings } from '@hookline/shared/contracts/authentication/kind';
import { type AuthType, settingsOf } from '@hookline/shared/contracts/authentication/kinds';
import { HTTP_METHODS, type HttpMethod, type WebhookDefinition } from '@hookline/shared/contracts/events';
import type { DestinationGuard } from '@hookline/destination-guard/destination-guard';
import type { DestinationUrl } from '@hookline/destination-guard/destination-url';
import { compileUrl } from '@hookline/template/compile-url';
import { isPayloadKind, PAYLOAD_KINDS, type PayloadTemplate } from '@hookline/template/payload-kinds';
import type { UrlTemplate } from '@hookline/template/url-template';
import { checkSettings } from '../authentication/check-settings.ts';
import { collect, type DefinitionProblem, problem } from '../definition-problem.ts';
import { compileHeaders, type HeaderTemplate } from './compile-headers.ts';
import { isLongerInUtf8 } from './utf8-length.ts';

/** The fields of a definition that determine its requests. */
export type RequestDefinition = Pick<
  WebhookDefinition,
  'url' | 'method' | 'headers' | 'headerEncoding' | 'payloadTemplate' | 'contentKind' | 'signing'
> & { auth: Pick<WebhookDefinition['auth'], 'type' | 'headerName' | 'settings'> };

/** Everything that determines the requests of a definition version. */
export interface CompiledRequest {
  method: HttpMethod;
  url: UrlTemplate;
  /** Host and port that are checked and called. */
  destination: DestinationUrl;
  /** Configured headers, and defaults for headers that are not configured, in sending order. */
  headers: readonly HeaderTemplate[];
  headerEncoding: WebhookDefinition['headerEncoding'];
  /** Null if the request has no body. */
  payload: PayloadTemplate | null;
  auth: { type: AuthType; settings: AuthSettings };
  /** Whether attempts are signed (Standard Webhooks 1.0.0). */
  signed: boolean;
}

export interface CompileOptions {
  guard: Pick<DestinationGuard, 'judgeHost'>;
  /** Sent as User-Agent if the definition sets none. */
  userAgent: string;
}

/** Maximum size of a template and of a rendered body. A larger template is refused before it is rendered. */
export const MAX_PAYLOAD_BYTES = 1_048_576;

/**
 * Compiles a definition except its response mapping. Does not need Node, so that a page in a browser can compile with
 * the same code (ADR 46).
 * @param problems list to which all problems are appended
 * @returns null only if there are problems
 */
export function compileRequest(
  definition: RequestDefinition,
  options: CompileOptions,
  problems: DefinitionProblem[],
): CompiledRequest | null {
  if (!HTTP_METHODS.includes(definition.method)) {
    problems.push(problem('method', `must be one of ${HTTP_METHODS.join(', ')}`));
  }
  const target = compileTarget(definition.url, options.guard, problems);
  const payload = compilePayload(definition, problems);
  const { headerEncoding } = definition;
  const contentType = payload && payload.contentType;
  const headers = compileHeaders(
    definition.headers,
    { auth: definition.auth, userAgent: options.userAgent, contentType, encoding: headerEncoding },
    problems,
  );
  checkSettings(definition.auth, options.guard, problems);
  if (problems.length > 0 || !target) return null;
  return {
    method: definition.method,
    url: target.template,
    destination: target.url,
    headers,
    headerEncoding,
    payload: payload && payload.template,
    auth: { type: definition.auth.type, settings: settingsOf(definition.auth) },
    signed: definition.signing !== null,
  };
}

function compileTarget(
  raw: string,
  guard: CompileOptions['guard'],
  problems: DefinitionProblem[],
): { template: UrlTemplate; url: DestinationUrl } | null {
  const compiled = collect(problems, 'url', () => compileUrl(raw));
  if (!compiled) return null;
  if (compiled.kind === 'refused') {
    problems.push(problem('url', compiled.refusal.message));
    return null;
  }
  const refusal = guard.judgeHost(compiled.url.host, compiled.url.port);
  if (refusal) problems.push(problem('url', refusal.message, 'destination_blocked'));
  return compiled;
}

/** Compiles the template of the body. GET never has a body, and no method has a body without a template. */
function compilePayload(
  { method, contentKind, payloadTemplate }: RequestDefinition,
  problems: DefinitionProblem[],
): { template: PayloadTemplate; contentType: string } | null {
  if (contentKind === 'none') {
    if (payloadTemplate !== null)
      problems.push(problem('payload_template', 'must be null, because content_kind none has no template'));
    return null;
  }
  if (!isPayloadKind(contentKind)) {
    // A definition of a later release may have a kind that this release does not support (ADR 3).
    problems.push(problem('content_kind', `must be one of ${Object.keys(PAYLOAD_KINDS).join(', ')}, none`));
    return null;
  }
  if (payloadTemplate === null || method === 'GET') return null;
  if (isLongerInUtf8(payloadTemplate, MAX_PAYLOAD_BYTES)) {
    problems.push(problem('payload_template', 'is larger than 1 MiB', 'payload_too_large'));
    return null;
  }
  if (payloadTemplate.includes('\0')) {
    // PostgreSQL cannot store such text; a JSON template can contain the escape \u0000 instead.
    problems.push(problem('payload_template', 'must not contain the character U+0000'));
    return null;
  }
  const { contentType, compile } = PAYLOAD_KINDS[contentKind];
  const template = collect(problems, 'payload_template', () => compile(payloadTemplate));
  return template && { template, contentType };
}
