import { Type } from 'typebox';
import { holdsControlCharacter, secretText } from './fields.ts';
import { defineKind } from './kind.ts';

/** HTTP Basic authentication (RFC 7617), with UTF-8. */
export const basic = defineKind({
  settings: {},
  sealed: {
    username: {
      schema: Type.String({ maxLength: 1_024, description: 'For basic; may be empty (RFC 7617).' }),
      // RFC 7617, section 2: the first colon ends the user name.
      problem: (name) =>
        name.includes(':') || holdsControlCharacter(name)
          ? 'must not contain a colon or a control character'
          : null,
    },
    password: {
      ...secretText('For basic. Never returned.'),
      problem: (password) =>
        holdsControlCharacter(password) ? 'must not contain a control character' : null,
    },
  },
  headerName: () => 'Authorization',
  // The user name is not a secret on its own.
  secretTexts: (credential) => [credential.password, userPass(credential)],
  authenticate: async (credential) => ({
    headers: [
      { name: 'Authorization', value: `Basic ${Buffer.from(userPass(credential)).toString('base64')}` },
    ],
  }),
});

function userPass({ username, password }: { username: string; password: string }): string {
  return `${username}:${password}`;
}
