import { expect, test } from '@jest/globals';
import { accountInPath, addressFor, basePath } from './account-path.ts';

test('the account is read from the path, if the path names one', () => {
  expect(accountInPath('/console/@acme/executions')).toBe('acme');
  expect(accountInPath('/console/@a%2Fb%20c')).toBe('a/b c');
  expect(accountInPath('/console/executions/@acme')).toBeNull();
  expect(accountInPath('/console/@')).toBeNull();
  expect(accountInPath('/console/@%')).toBeNull();
});

test('an account id such as `..` is not resolved as part of the path', () => {
  const address = addressFor('..', { pathname: '/console/jobs', search: '' });
  const { pathname } = new URL(address, 'https://hooks.example.com');
  expect([pathname, accountInPath(pathname)]).toEqual(['/console/@../jobs', '..']);
});

test('the base path of pages includes the account, if the path names one', () => {
  expect(basePath('/console/@a%2Fb/jobs')).toBe('/console/@a%2Fb');
  expect(basePath('/console/jobs')).toBe('/console');
});

test('the address of a page contains the account', () => {
  const location = { pathname: '/console/@acme/executions', search: '?status=error' };
  expect(addressFor('a/b', location)).toBe('/console/@a%2Fb/executions?status=error');
  expect(addressFor(null, location)).toBe('/console/executions?status=error');
  expect(addressFor('b', { pathname: '/console/jobs', search: '' })).toBe('/console/@b/jobs');
  expect(addressFor('b', location, '/')).toBe('/console/@b/');
});
