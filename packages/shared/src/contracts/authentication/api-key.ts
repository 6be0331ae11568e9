import { Type } from 'typebox';
import { headerSecret } from './fields.ts';
import { defineKind, type AuthSettings } from './kind.ts';

/** Header that carries the key unless the definition names another. */
const DEFAULT_HEADER = 'X-API-Key';

const settings = {
  header_name: {
    schema: Type.String({
      maxLength: 256,
      description: `For api_key: the header that carries the key; ${DEFAULT_HEADER} by default.`,
    }),
    default: DEFAULT_HEADER,
  },
};

/** A key in a header that the customer chooses. */
export const apiKey = defineKind({
  settings,
  sealed: { api_key: { ...headerSecret('For api_key. Never returned.'), sealedAs: 'apiKey' } },
  headerName,
  secretTexts: ({ apiKey }) => [apiKey],
  authenticate: async ({ apiKey }, given) => ({ headers: [{ name: headerName(given), value: apiKey }] }),
});

function headerName({ header_name = DEFAULT_HEADER }: AuthSettings<typeof settings>): string {
  return header_name;
}
