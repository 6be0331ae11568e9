import { fileURLToPath } from 'node:url';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Module replacements for each bundle that contains the form: this package's own, and those of pages that bundle the form
 * themselves.
 */
export const bundleAliases = [
  { find: /^typebox$/, replacement: file('type-builder.ts') },
  // The package's own browser build targets old browsers and is half as large again as this one.
  { find: /^json-p3$/, replacement: file('../../../node_modules/json-p3/dist/json-p3.esm.js') },
];
