import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { bundleAliases } from './build/bundle-aliases.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Builds the form and the bundles that it loads on demand, such as the editor of the payload. The bundles contain all
 * their dependencies.
 */
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
    // `minify` is set explicitly, because a library build otherwise keeps white space.
    rolldownOptions: {
      output: { minify: true },
      treeshake: { moduleSideEffects: [{ test: /json-p3/, sideEffects: false }] },
    },
  },
});
