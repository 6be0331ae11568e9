import { fileURLToPath } from 'node:url';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Module replacements for each bundle that contains the form: that of this package, and those of pages that bundle the
 * form themselves.
 */
export const bundleAliases = [
  { find: /^typebox$/, replacement: file('type-builder.ts') },
  // The browser build of json-p3 targets old browsers and is 50 % larger than this file.
  { find: /^json-p3$/, replacement: file('../../../node_modules/json-p3/dist/json-p3.esm.js') },
];
