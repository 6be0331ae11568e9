import type { TokenSource } from '@hookline/shared/contracts/authentication/token-source';

/** For attempts that need no access token: asking for one is a mistake. */
const source: TokenSource = {
  get: () => Promise.reject(new Error('no access token was expected to be needed')),
};

export const NO_TOKENS = { of: (): TokenSource => source };
