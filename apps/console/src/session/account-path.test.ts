import { expect, test } from '@jest/globals';
import { accountInPath, addressFor, basePath } from './account-path.ts';

test('the path names an account, or none', () => {
  expect(accountInPath('/console/as/acme/executions')).toBe('acme');
  expect(accountInPath('/console/as/a%2Fb%20c')).toBe('a/b c');
  expect(accountInPath('/console/executions/as/acme')).toBeNull();
  expect(accountInPath('/console/as/')).toBeNull();
  expect(accountInPath('/console/as/%')).toBeNull();
});

test('pages are below the account', () => {
  expect(basePath('/console/as/a%2Fb/jobs')).toBe('/console/as/a%2Fb');
  expect(basePath('/console/jobs')).toBe('/console');
});

test('the same page of another account has another address', () => {
  const location = { pathname: '/console/as/acme/executions', search: '?status=error' };
  expect(addressFor('a/b', location)).toBe('/console/as/a%2Fb/executions?status=error');
  expect(addressFor(null, location)).toBe('/console/executions?status=error');
  expect(addressFor('b', { pathname: '/console/jobs', search: '' })).toBe('/console/as/b/jobs');
  expect(addressFor('b', location, '/')).toBe('/console/as/b/');
});
