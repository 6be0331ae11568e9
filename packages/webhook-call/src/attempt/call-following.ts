import { type DestinationUrl, readUrl } from '@hookline/destination-guard/destination-url';
import { isSuccess, type StatusRules } from '../outcome/status-rules.ts';
import { type CallOptions, type Caller, USER_AGENT } from '../call/caller.ts';
import type { CallResponse, CallResult, FollowedRedirect } from '../call/call-result.ts';
import type { PreparedRequest, SentHeader } from '../call/prepared-request.ts';

/** Whether redirects are followed, and which redirect statuses are not followed because they count as success. */
interface RedirectChoices {
  followRedirects: boolean;
  rules: StatusRules;
}

/** Maximum number of redirects that are followed in one attempt; the next redirect is returned as the response. */
const MAX_REDIRECTS = 3;
/** Redirects that are followed with a GET without a body. RFC 9110 permits this for POST, and every client does so. */
const TO_GET: ReadonlySet<number> = new Set([301, 302, 303]);
/** Redirects that are followed with the same method and body (RFC 9110, sections 15.4.8 and 15.4.9). */
const UNCHANGED: ReadonlySet<number> = new Set([307, 308]);
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const BODY_HEADERS: ReadonlySet<string> = new Set(['content-type', 'content-encoding', 'content-language']);
/** Omitted when a redirect drops the body, which the signature covers. */
const SIGNATURE_HEADERS: ReadonlySet<string> = new Set(['webhook-timestamp', 'webhook-signature']);
/** Headers that identify the attempt; they reveal nothing about the account, so another origin receives them too. */
const IDENTITY_HEADERS: ReadonlySet<string> = new Set(['webhook-id', 'webhook-attempt']);

/**
 * Makes the call, and follows up to three redirects if the webhook is configured to do so (R-025, ADR 34). Every hop
 * opens its connection through the destination guard, like any call. All hops together have the timeout of one call.
 * @returns the result of the last hop, with the redirects that led to it and the total duration
 */
export async function callFollowing(
  caller: Pick<Caller, 'call'>,
  request: PreparedRequest,
  options: CallOptions,
  { followRedirects, rules }: RedirectChoices,
): Promise<CallResult> {
  let result = await caller.call(request, options);
  if (!followRedirects) return result;
  const redirects: FollowedRedirect[] = [];
  let current = request;
  let durationMs = result.durationMs;
  while (redirects.length < MAX_REDIRECTS && result.kind === 'response' && !isSuccess(result.status, rules)) {
    const next = redirectedRequest(current, result);
    if (!next) break;
    const { status } = result;
    redirects.push({
      status,
      method: next.method,
      url: next.origin + next.target,
      durationMs: result.durationMs,
    });
    const leftMs = Math.max(1, options.timeoutMs - durationMs);
    result = await caller.call(next, { ...options, timeoutMs: leftMs });
    durationMs += result.durationMs;
    current = next;
  }
  return redirects.length === 0 ? result : { ...result, durationMs, redirects };
}

/**
 * Returns whether a redirect led to an origin other than that of the request; no credentials were sent from that
 * redirect on.
 */
export function leftOrigin(
  { origin }: PreparedRequest,
  { redirects = [] }: Pick<CallResult, 'redirects'>,
): boolean {
  return redirects.some(({ url }) => new URL(url).origin !== origin);
}

/**
 * Builds the request that follows a redirect. Returns null if the response is not a redirect, names no URL that may be
 * called, or leads from https to http, where the request could be read in transit.
 */
function redirectedRequest(
  request: PreparedRequest,
  { status, headers }: Pick<CallResponse, 'status' | 'headers'>,
): PreparedRequest | null {
  const toGet = TO_GET.has(status);
  const { location } = headers;
  if ((!toGet && !UNCHANGED.has(status)) || location === undefined) return null;
  const target = resolveLocation(location, request);
  if (!target) return null;
  const { origin, path, search, secure } = target;
  if (!secure && request.origin.startsWith('https:')) return null;
  const body = toGet ? null : request.body;
  const kept = body === request.body ? request.headers : request.headers.filter(isWithoutBody);
  const moved = {
    ...request,
    method: toGet ? ('GET' as const) : request.method,
    origin,
    target: path + search,
    body,
  };
  if (origin === request.origin) return { ...moved, headers: kept };
  return { ...moved, headers: foreignHeaders(kept), refused: () => false };
}

/** Resolves the Location header (RFC 9110, section 10.2.2) by the rules that apply to every URL that is called. */
function resolveLocation(location: string, { origin, target }: PreparedRequest): DestinationUrl | null {
  // Header bytes are decoded as latin1; a Location beyond ASCII is UTF-8 in practice.
  const text = Buffer.from(location.trim(), 'latin1').toString();
  if (SCHEME.test(text)) return urlOrNull(text);
  if (text.startsWith('//')) return urlOrNull(origin.slice(0, origin.indexOf('//')) + text);
  const base = origin + target;
  const relative = URL.canParse(text, base) ? urlOrNull(new URL(text, base).href) : null;
  // In addition to the two forms above, lenient parsers find a host in other texts; redirects to these are not
  // followed.
  return relative?.origin === origin ? relative : null;
}

function urlOrNull(text: string): DestinationUrl | null {
  const read = readUrl(text.replace(/#.*$/s, ''));
  return read.kind === 'url' ? read.url : null;
}

function isWithoutBody({ name }: SentHeader): boolean {
  const lowerCase = name.toLowerCase();
  return !BODY_HEADERS.has(lowerCase) && !SIGNATURE_HEADERS.has(lowerCase);
}

/**
 * Returns the headers for another origin, without the credential, the signature and the headers that the webhook
 * configures, except those that describe the body. The omitted headers remain omitted if a later redirect leads back to
 * the first origin.
 */
function foreignHeaders(headers: readonly SentHeader[]): SentHeader[] {
  const plain = (name: string, value: string): SentHeader => ({ name, value, sensitive: false });
  const isKept = ({ name }: SentHeader): boolean =>
    IDENTITY_HEADERS.has(name.toLowerCase()) || BODY_HEADERS.has(name.toLowerCase());
  return [
    plain('user-agent', USER_AGENT),
    plain('accept', '*/*'),
    plain('accept-encoding', 'identity'),
    ...headers.filter(isKept),
  ];
}
