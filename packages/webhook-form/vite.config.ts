import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Two bundles: the form, and the editor that it loads when the payload is focused. Everything they need is in them. */
export default defineConfig({
  resolve: {
    conditions: ['hookline-source', 'module', 'browser', 'development|production'],
    alias: [
      { find: /^typebox$/, replacement: file('build/type-builder.ts') },
      // Its file for browsers is compiled for old ones, and half as large again.
      { find: /^json-p3$/, replacement: file('../../node_modules/json-p3/dist/json-p3.esm.js') },
    ],
  },
  build: {
    target: 'es2023',
    lib: {
      entry: file('src/hookline-webhook-form.ts'),
      formats: ['es'],
      fileName: () => 'hookline-webhook-form.js',
    },
    sourcemap: true,
    // A library keeps its white space otherwise.
    rolldownOptions: {
      output: { minify: true },
      treeshake: { moduleSideEffects: [{ test: /json-p3/, sideEffects: false }] },
    },
  },
});
