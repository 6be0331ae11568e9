import { defineKind } from './kind.ts';

/** No authentication. */
export const none = defineKind({
  settings: {},
  sealed: {},
  headerName: () => null,
  secretTexts: () => [],
  authenticate: () => Promise.resolve({ headers: [] }),
});
