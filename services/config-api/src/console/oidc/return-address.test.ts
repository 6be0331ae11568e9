import { expect, test } from '@jest/globals';
import { returnAddress } from './return-address.ts';

test.each(['/console/', '/console/executions?status=error', '/console/webhooks/a/b%2Fc'])(
  '%s is accepted as a return address',
  (path) => {
    expect(returnAddress(path)).toBe(path);
  },
);

test.each([
  undefined,
  '',
  'https://evil.example/console/',
  '//evil.example/console/',
  '/\\evil.example',
  '/console/..//evil.example',
  '/console/../../docs',
  '/console//evil.example',
  '/console/\\\\evil.example',
  '/console/\n/evil.example',
  '/console/oidc/start',
  '/console/x/../oidc/start',
  '/console/portal/executions',
  '/console/sign-in/failed?reason=busy',
  `/console/${'a'.repeat(1_500)}`,
  'javascript:alert(1)',
])('%j is not accepted as a return address, so the start page is used', (path) => {
  expect(returnAddress(path)).toBe('/console/');
});
