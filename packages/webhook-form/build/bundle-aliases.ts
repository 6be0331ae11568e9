import { fileURLToPath } from 'node:url';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Modules in place of others in each bundle that has the form in it: this one, and those of pages that bundle it themselves. */
export const bundleAliases = [
  { find: /^typebox$/, replacement: file('type-builder.ts') },
  // Its file for browsers is compiled for old ones, and half as large again.
  { find: /^json-p3$/, replacement: file('../../../node_modules/json-p3/dist/json-p3.esm.js') },
];
