import { expect, test } from '@jest/globals';
import { urlParts } from './url-parts.ts';

test('a URL breaks after its host, between segments and before parameters', () => {
  expect(urlParts('https://hooks.example.com/crm/v2/contacts?id={{contact.id}}&x=1')).toEqual([
    'https://hooks.example.com/',
    'crm/',
    'v2/',
    'contacts',
    '?id={{contact.id}}',
    '&x=1',
  ]);
});

test.each(['', '/', 'a', '?', '//x//', 'https://x', 'https://x/a?b=c/d&', '{{url}}', 'mailto:a&b?'])(
  'the parts of %j add up to the whole URL',
  (url) => {
    expect(urlParts(url).join('')).toBe(url);
  },
);
