import { flag } from './setting.ts';

/**
 * Whether this deployment can be reached only from its own machine. Without this setting, values that are safe only
 * there are refused: those for which `localOnly` of their setting returns a reason.
 */
export const localUse = flag('HOOKLINE_LOCAL', {
  default: false,
  description:
    'Accept settings that are safe only if no other machine can reach Hookline: weak or published keys, wide networks',
});

/** Passwords and keys that docker-compose.yml in this repository publishes. A test compares them with the file. */
const PUBLISHED: ReadonlySet<string> = new Set([
  'local-only',
  'local-only-admin-key',
  'aG9va2xpbmUtbG9jYWwtdXNlLW9ubHktMDEyMzQ1Njc=',
  'aG9va2xpbmUtbG9jYWwtbG9vay11cC1rZXktMDEyMzQ=',
]);

export function isPublished(value: string): boolean {
  return PUBLISHED.has(value);
}

/** Returns why the password in the URL of a store is safe only locally, or null. */
export function publishedPassword(url: string): string | null {
  const password = decodeURIComponent(new URL(url).password);
  return isPublished(password) ? 'must not have the password that docker-compose.yml publishes' : null;
}
