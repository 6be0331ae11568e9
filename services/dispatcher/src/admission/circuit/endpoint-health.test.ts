import { expect, test } from '@jest/globals';
import { endpointHealth } from './endpoint-health.ts';

test.each([
  [null, 'working'],
  ['timeout_error', 'failing'],
  ['network_error', 'failing'],
  ['ssl_error', 'failing'],
  ['server_error', 'failing'],
  ['client_error', 'working'],
  ['rate_limited', 'working'],
  ['response_error', 'working'],
  ['destination_blocked', 'unknown'],
  ['render_error', 'unknown'],
  ['payload_too_large', 'unknown'],
  ['not_found', 'unknown'],
  ['expired', 'unknown'],
  ['cancelled', 'unknown'],
  ['disabled', 'unknown'],
  ['unreadable_request', 'unknown'],
  ['quota_exceeded', 'unknown'],
] as const)('a call with the error type %s indicates the health %s', (errorType, health) => {
  expect(endpointHealth(errorType)).toBe(health);
});
