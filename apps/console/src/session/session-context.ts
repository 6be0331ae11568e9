import type { HooklineClient } from '@hookline/client';
import { createContext, useContext } from 'react';
import type { Session } from './session.ts';

/** The session, with values and functions for pages. */
export interface SignedIn {
  session: Session;
  api: HooklineClient;
  /** Account whose data the pages show; null until an account is chosen. */
  accountId: string | null;
  /** For an operator, query parameters that name the account; otherwise empty. */
  named: { account_id?: string };
  /**
   * Loads a page, by default the current page, for another account; null shows the choice of accounts. Only operators
   * and people with several accounts can change the account.
   */
  chooseAccount: (this: void, accountId: string | null, page?: string) => void;
  /** Null in the portal, because the embedding page signs people in and out. */
  signOut: ((this: void) => void) | null;
}

export const SignedInContext = createContext<SignedIn | null>(null);

/** Returns the session. Can be used only within the `SignedInContext` of `SessionGate` or `PortalGate`. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (!signedIn) throw new Error('there is no session; render this component within SignedInContext');
  return signedIn;
}
