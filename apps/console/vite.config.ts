import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { bundleAliases } from '../../packages/webhook-form/build/bundle-aliases.ts';

/** Builds the console, which config-api serves at /console with a policy that forbids inline scripts (ADR 45). */
export default defineConfig({
  base: '/console/',
  plugins: [react()],
  resolve: {
    conditions: ['hookline-source', 'module', 'browser', 'development|production'],
    alias: bundleAliases,
  },
  build: {
    target: 'es2023',
    // Disabled, because the polyfill would be an inline script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: true,
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/console/session', '/console/sign-in-options', '/console/oidc'].map((path) => [
        path,
        'http://127.0.0.1:8080',
      ]),
    ),
  },
});
