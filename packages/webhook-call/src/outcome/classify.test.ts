import { describe, expect, it } from '@jest/globals';
import type { CallResult, FailureKind } from '../call/call-result.ts';
import { classify } from './classify.ts';
import { failureOf } from './error-catalogue.ts';
import { StatusSet } from './status-rules.ts';

const NOW = Date.UTC(2026, 0, 1);

function response(status: number, headers: Record<string, string> = {}): CallResult {
  return {
    kind: 'response',
    status,
    headers,
    body: Buffer.alloc(0),
    bodyBytes: 0,
    bodyBytesRead: 0,
    truncated: false,
    durationMs: 1,
  };
}

function failedCall(failure: FailureKind, reason: string | null = null): CallResult {
  const none = { received: null, keptConnectionClosed: false };
  return { kind: 'failed', failure, detail: 'why', reason, ...none, durationMs: 1 };
}

describe('classify', () => {
  it.each([200, 201, 204, 299])('classifies %d as a success', (status) => {
    expect(classify(response(status), NOW)).toEqual({
      status: 'success',
      errorType: null,
      errorMessage: null,
      retryable: false,
      retryAfterMs: null,
      detail: null,
    });
  });

  it.each<[number, string, string, boolean]>([
    [199, 'response_error', 'Webhook endpoint sent a malformed response', false],
    [300, 'client_error', 'Webhook endpoint answered with an unexpected status: 300', false],
    [301, 'client_error', 'Webhook endpoint answered with an unexpected status: 301', false],
    [304, 'client_error', 'Webhook endpoint answered with an unexpected status: 304', false],
    [399, 'client_error', 'Webhook endpoint answered with an unexpected status: 399', false],
    [400, 'client_error', 'Invalid request to webhook endpoint', false],
    [401, 'client_error', 'Webhook authentication failed', false],
    [403, 'client_error', 'Access denied to webhook endpoint', false],
    [404, 'client_error', 'Webhook endpoint not found', false],
    [408, 'client_error', 'Webhook endpoint rejected the request', false],
    [429, 'rate_limited', 'Webhook endpoint rate limit exceeded', true],
    [499, 'client_error', 'Webhook endpoint rejected the request', false],
    [500, 'server_error', 'Webhook endpoint server error', true],
    [503, 'server_error', 'Webhook endpoint server error', true],
    [599, 'server_error', 'Webhook endpoint server error', true],
    [600, 'response_error', 'Webhook endpoint sent a malformed response', false],
    [999, 'response_error', 'Webhook endpoint sent a malformed response', false],
  ])('classifies %d as %s: %s (retried: %p)', (status, errorType, errorMessage, retryable) => {
    expect(classify(response(status), NOW)).toMatchObject({
      status: 'error',
      errorType,
      errorMessage,
      retryable,
    });
  });

  it.each([200, 299])('classifies %d as an error if the webhook does not count it as success', (status) => {
    const rules = { retryOn: null, successOn: new StatusSet([{ first: 201, last: 201 }]) };
    expect(classify(response(status), NOW, rules)).toMatchObject({
      errorType: 'client_error',
      errorMessage: 'Webhook endpoint answered with a status that does not count as success',
      retryable: false,
    });
  });

  it.each([300, 301, 302, 303, 307, 308])('F30: classifies %d with a Location as a redirect', (status) => {
    expect(classify(response(status, { location: '/next' }), NOW)).toMatchObject({
      errorType: 'client_error',
      errorMessage: 'Webhook endpoint answered with a redirect',
      retryable: false,
    });
  });

  it.each([304, 305, 306, 399])('F30: does not classify %d as a redirect, even with a Location', (status) => {
    expect(classify(response(status, { location: '/next' }), NOW)).toMatchObject({
      errorType: 'client_error',
      errorMessage: `Webhook endpoint answered with an unexpected status: ${status}`,
    });
  });

  it('F23: completes the message of a failed call with its reason', () => {
    expect(classify(failedCall('certificate', 'it has expired'), NOW).errorMessage).toBe(
      'SSL certificate validation failed: it has expired',
    );
    expect(classify(failedCall('network', 'connection refused'), NOW).errorMessage).toBe(
      'Unable to connect to webhook endpoint: connection refused',
    );
  });

  it.each<[FailureKind, object]>([
    [
      'network',
      { errorType: 'network_error', errorMessage: 'Unable to connect to webhook endpoint', retryable: true },
    ],
    [
      'dns',
      {
        errorType: 'network_error',
        errorMessage: 'Could not resolve webhook domain: DNS resolution failed',
        retryable: true,
      },
    ],
    [
      'cut_off',
      {
        errorType: 'network_error',
        errorMessage: 'Webhook endpoint closed the connection before its response was complete',
        retryable: true,
      },
    ],
    [
      'handshake',
      {
        errorType: 'ssl_error',
        errorMessage: 'TLS handshake with webhook endpoint failed',
        retryable: false,
      },
    ],
    [
      'certificate',
      { errorType: 'ssl_error', errorMessage: 'SSL certificate validation failed', retryable: false },
    ],
    [
      'timeout',
      {
        status: 'timeout',
        errorType: 'timeout_error',
        errorMessage: 'Webhook request timed out',
        retryable: true,
      },
    ],
    [
      'malformed',
      {
        errorType: 'response_error',
        errorMessage: 'Webhook endpoint sent a malformed response',
        retryable: false,
      },
    ],
    [
      'blocked',
      {
        errorType: 'destination_blocked',
        errorMessage: 'Webhook destination is not allowed',
        retryable: false,
      },
    ],
  ])('classifies a %s failure as %j', (failure, expected) => {
    const outcome = classify(failedCall(failure), NOW);
    expect(outcome).toEqual({ status: 'error', retryAfterMs: null, detail: 'why', ...expected });
  });

  it('reports why a request could not be built, but not why a destination is blocked', () => {
    const refused = {
      kind: 'refused',
      errorType: 'render_error',
      detail: 'url: empty path segment',
    } as const;
    expect(classify(refused, NOW)).toMatchObject({
      status: 'error',
      errorMessage: 'Webhook request could not be built: url: empty path segment',
      retryable: false,
    });
    expect(classify({ ...refused, errorType: 'payload_too_large' }, NOW).errorMessage).toBe(
      'Webhook payload exceeds 1 MiB',
    );
    expect(failureOf('metadata_too_large')).toEqual({
      errorType: 'payload_too_large',
      errorMessage: 'Webhook metadata exceeds 256 KiB',
    });
    expect(failureOf('destination_blocked', 'secret of the network')).toEqual({
      errorType: 'destination_blocked',
      errorMessage: 'Webhook destination is not allowed',
    });
  });

  it.each<[string, number | null]>([
    ['30', 30_000],
    [' 30 ', 30_000],
    ['0', null],
    ['-5', null],
    ['1.5', 1_500],
    ['soon', null],
    ['2', 2_000],
    ['86401', 86_400_000],
    ['99999999999999999999', 86_400_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['Thu Jan  1 00:01:00 2026', 60_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', null],
    ['Fri, 01 Jan 2027 00:00:00 GMT', 86_400_000],
    ['Thu, nonsense', null],
    ['At Thu, 01 Jan 2026 00:01:00 GMT', null],
  ])('reads a Retry-After of %p as %p ms', (value, retryAfterMs) => {
    expect(classify(response(429, { 'retry-after': value }), NOW).retryAfterMs).toBe(retryAfterMs);
    expect(classify(response(503, { 'retry-after': value }), NOW).retryAfterMs).toBe(retryAfterMs);
    expect(classify(response(404, { 'retry-after': value }), NOW).retryAfterMs).toBeNull();
  });
});
