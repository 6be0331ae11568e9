import { headerSecret } from './fields.ts';
import { defineKind } from './kind.ts';

/** A fixed bearer token (RFC 6750). */
export const bearer = defineKind({
  settings: {},
  sealed: { token: headerSecret('For bearer. Never returned.') },
  headerName: () => 'Authorization',
  secretTexts: ({ token }) => [token],
  authenticate: async ({ token }) => ({ headers: [{ name: 'Authorization', value: `Bearer ${token}` }] }),
});
