import { LOCALHOST, NOT_ALLOWED, type Refusal } from './refusal.ts';

/**
 * Top-level names that no public endpoint has: special-use domain names (IANA registry, RFC 6761), names reserved
 * for private use (ICANN `.internal`, RFC 8375 `home.arpa`), and suffixes that private networks commonly use.
 */
const SPECIAL_TOP_LEVEL = new Set([
  'alt',
  'arpa',
  'corp',
  'example',
  'home',
  'i2p',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'onion',
  'private',
  'svc',
  'test',
]);

const LOCALHOST_NAMES = new Set(['localhost', 'localhost.localdomain', 'ip6-localhost', 'ip6-loopback']);

/** Returns the reason why a host name (lower-case ASCII, no trailing dot) may not even be resolved, or null. */
export function judgeName(name: string): Refusal | null {
  if (LOCALHOST_NAMES.has(name) || name.endsWith('.localhost')) return LOCALHOST;
  const labels = name.split('.');
  // A name with a single label resolves only within a search domain.
  return labels.length < 2 || SPECIAL_TOP_LEVEL.has(labels.at(-1) ?? '') ? NOT_ALLOWED : null;
}
