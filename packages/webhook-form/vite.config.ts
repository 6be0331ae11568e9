import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { bundleAliases } from './build/bundle-aliases.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Two bundles: the form, and the editor that it loads when the payload is focused. Everything they need is in them. */
export default defineConfig({
  resolve: {
    conditions: ['hookline-source', 'module', 'browser', 'development|production'],
    alias: bundleAliases,
  },
  build: {
    target: 'es2023',
    lib: {
      entry: file('src/hookline-webhook-form.ts'),
      formats: ['es'],
      fileName: () => 'hookline-webhook-form.js',
    },
    sourcemap: true,
    // Set because the minifier otherwise keeps white space in a library.
    rolldownOptions: {
      output: { minify: true },
      treeshake: { moduleSideEffects: [{ test: /json-p3/, sideEffects: false }] },
    },
  },
});
