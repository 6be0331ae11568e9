import { expect, test } from '@jest/globals';
import { endpointNameOf } from './endpoint-name.ts';

test.each([
  ['https://example.com/p', 'https://example.com/p'],
  ['HTTPS://EXAMPLE.com:443/p?x={{contact.id}}#top', 'https://example.com/p'],
  ['https://example.com./a/../p', 'https://example.com/p'],
  ['https://example.com/a/%2e%2e/./p', 'https://example.com/p'],
  ['https://example.com/%70', 'https://example.com/p'],
  ['https://example.com/a%2fb', 'https://example.com/a%2Fb'],
  ['https://example.com', 'https://example.com/'],
  ['http://example.com:8080/p', 'http://example.com:8080/p'],
  ['https://example.com/{{ contact.id }}/p', 'https://example.com/{{contact.id}}/p'],
  ['https://example.com/%70{{contact.id}}', 'https://example.com/p{{contact.id}}'],
  ['https://example.com/P', 'https://example.com/P'],
  ['https://example.com/p/', 'https://example.com/p/'],
])('F22 the endpoint of %s is %s', (url, name) => {
  expect(endpointNameOf(url)).toBe(name);
  expect(endpointNameOf(name)).toBe(name);
});

test.each([
  '',
  'foo',
  'ftp://example.com/',
  'https://u:p@example.com/',
  'https://{{contact.host}}/',
  'https://a/{{',
])('F22 %j has no endpoint', (text) => {
  expect(endpointNameOf(text)).toBeNull();
});
