import type { HooklineClient } from '@hookline/client';
import { createContext, useContext } from 'react';
import type { Session } from './session.ts';

/** The session with what pages need of it. */
export interface SignedIn {
  session: Session;
  api: HooklineClient;
  /** Account whose data the pages show; null while an operator has not chosen one. */
  accountId: string | null;
  /** Query parameters that name the account, for an operator. */
  named: { account_id?: string };
  /** Has the pages show another account. For an operator. */
  chooseAccount: (this: void, accountId: string) => void;
  signOut: (this: void) => void;
}

export const SignedInContext = createContext<SignedIn | null>(null);

/** Returns the session. Only for components below the sign-in page. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (!signedIn) throw new Error('this component needs a session');
  return signedIn;
}
