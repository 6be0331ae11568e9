import type { TokenSource } from '@hookline/shared/contracts/authentication/token-source';

/** Source of access tokens for attempts that need no token; fails if a token is requested. */
const source: TokenSource = {
  get: () => Promise.reject(new Error('this attempt must not request an access token')),
};

export const NO_TOKENS = { of: (): TokenSource => source };
