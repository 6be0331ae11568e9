/**
 * Tests the checks of an authentication's settings, such as the URLs to which it sends its credential. The checks run
 * when a webhook is saved and each time it is compiled. Pure.
 */
import { describe, expect, it } from '@jest/globals';
import { compileSample } from '../testing/sample-definition.ts';
import { authDestinations } from './check-settings.ts';

const oauth2 = (settings: Record<string, string>) => ({
  type: 'oauth2' as const,
  headerName: null,
  settings,
});
const complete = { token_url: 'https://id.example.com/token', client_id: 'client' };

describe('an authentication with a URL', () => {
  it('compiles with complete settings', () => {
    expect(compileSample({ auth: oauth2(complete) }).kind).toBe('compiled');
  });

  it.each<[Record<string, string>, string, RegExp, string]>([
    [{ client_id: 'client' }, 'auth_config.token_url', /is required for auth_type oauth2/, 'render_error'],
    [{ token_url: complete.token_url }, 'auth_config.client_id', /is required/, 'render_error'],
    [{ ...complete, token_url: 'nonsense' }, 'auth_config.token_url', /invalid URL/, 'render_error'],
    [
      { ...complete, token_url: 'https://id.example.com/{{contact.id}}' },
      'auth_config.token_url',
      /merge fields are not allowed/,
      'render_error',
    ],
    [
      { ...complete, token_url: 'https://10.0.0.1/token' },
      'auth_config.token_url',
      /private addresses are not allowed/,
      'destination_blocked',
    ],
    [
      { ...complete, token_url: 'http://localhost/token' },
      'auth_config.token_url',
      /localhost is not allowed/,
      'destination_blocked',
    ],
  ])('is refused with %j', (settings, field, message, errorType) => {
    expect(compileSample({ auth: oauth2(settings) })).toEqual({
      kind: 'invalid',
      problems: [{ field, message: expect.stringMatching(message), errorType }],
    });
  });

  it('lists the URLs to which it sends its credential', () => {
    const [destination] = authDestinations(oauth2(complete));
    expect(destination).toMatchObject({
      field: 'auth_config.token_url',
      url: { origin: 'https://id.example.com' },
    });
    expect(authDestinations(oauth2({ token_url: 'nonsense' }))).toEqual([
      { field: 'auth_config.token_url', url: null },
    ]);
    expect(authDestinations({ type: 'bearer', headerName: null, settings: {} })).toEqual([]);
  });
});
