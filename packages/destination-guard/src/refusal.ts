/** Reason why the guard refuses a destination. Users read `message` at configuration. */
export interface Refusal {
  code: 'invalid_url' | 'private_address' | 'localhost' | 'not_allowed' | 'unresolvable';
  message: string;
}

/** Refusal that does not contain its reason, because the reason would reveal what is in our network. */
export const NOT_ALLOWED: Refusal = { code: 'not_allowed', message: 'destination is not allowed' };
export const PRIVATE_ADDRESS: Refusal = {
  code: 'private_address',
  message: 'private addresses are not allowed',
};
export const LOCALHOST: Refusal = { code: 'localhost', message: 'localhost is not allowed' };

/**
 * One text both for a name that does not resolve and for a name that may not be called, because two texts would reveal
 * which names exist in our network.
 */
const NAME_REFUSED =
  'destination is not allowed, or its host name does not resolve: check its spelling and its DNS records';
/** Refusals of a name that had to be resolved. */
export const UNRESOLVABLE: Refusal = { code: 'unresolvable', message: NAME_REFUSED };
export const NAME_NOT_ALLOWED: Refusal = { code: 'not_allowed', message: NAME_REFUSED };

export function invalidUrl(reason: string): Refusal {
  return { code: 'invalid_url', message: `invalid URL: ${reason}` };
}
