import type { HooklineClient } from '@hookline/client';
import { createContext, useContext } from 'react';
import type { Session } from './session.ts';

/** The session, with the values and functions that pages need. */
export interface SignedIn {
  session: Session;
  api: HooklineClient;
  /** Account whose data the pages show; null while it has not been chosen. */
  accountId: string | null;
  /** Query parameters that name the account, for an operator. */
  named: { account_id?: string };
  /**
   * Loads a page, by default the current one, for another account; null shows the choice of accounts. For an operator, and a
   * person with several accounts.
   */
  chooseAccount: (this: void, accountId: string | null, page?: string) => void;
  /** Null in the portal, where the page around it signs people in and out. */
  signOut: ((this: void) => void) | null;
}

export const SignedInContext = createContext<SignedIn | null>(null);

/** Returns the session. Only for components below the sign-in page. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (!signedIn) throw new Error('this component needs a session');
  return signedIn;
}
