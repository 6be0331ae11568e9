import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { bySession, createApi } from '../api/api.ts';
import { accountInPath, addressFor } from '../session/account-path.ts';
import { chosenAccount, rememberAccount } from '../session/chosen-account.ts';
import { currentSession, sessionFor, type Session, signOut } from '../session/session.ts';
import { type SignedIn, SignedInContext } from '../session/session-context.ts';
import { Failure } from '../shell/failure.tsx';
import { Layout } from '../shell/layout.tsx';
import { texts } from '../texts.ts';
import { SignIn } from './sign-in.tsx';

const SESSION = ['session'];

/** Loaded on demand, because only operators and people with several accounts see it. */
const ChooseAccount = lazy(() => import('./choose-account.tsx'));

/** Shows the sign-in page until the user has signed in, and then the other pages. */
export function SessionGate() {
  const client = useQueryClient();
  const session = useQuery({ queryKey: SESSION, queryFn: currentSession, staleTime: Infinity });
  if (session.isPending) return <p role="status">{texts.states.loading}</p>;
  if (session.isError) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <SignIn onSignedIn={(signed) => client.setQueryData(SESSION, signed)} />;
  return <Pages session={session.data} />;
}

/** Shows the sign-in page, and drops the data that was read in the session. */
function forget(client: QueryClient): void {
  client.setQueryData(SESSION, null);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
}

/**
 * Returns the account that the pages show: the only account of the session, or the chosen account if the session may
 * still open it.
 */
function accountOf({ kind, account_id, accounts }: Session, chosen: string | null): string | null {
  if (kind === 'admin' || accounts.some((one) => one.account_id === chosen)) return chosen;
  return account_id;
}

/** Returns the account that the path must name; null for a session with a single account. */
function namedAccount({ kind, accounts }: Session, accountId: string | null): string | null {
  return kind === 'admin' || accounts.length > 1 ? accountId : null;
}

function Pages({ session: own }: { session: Session }) {
  const client = useQueryClient();
  const inPath = accountInPath(window.location.pathname);
  const accountId = accountOf(own, inPath ?? chosenAccount());
  const named = namedAccount(own, accountId);
  const isThere = named === inPath;
  useEffect(() => {
    if (isThere) return;
    // Here, an account in the path is either one to which the session has no access, or the only account of the
    // session, which the path must not name. A person with several accounts must choose again, because they might not
    // notice that the page shows another account.
    if (inPath !== null) rememberAccount(null);
    // Loads the page again, because the base path of all links changes.
    window.location.replace(addressFor(named, window.location));
  }, [named, inPath, isThere]);
  const api = useMemo(
    () =>
      createApi(bySession(own, accountId), () => {
        // A late refusal must not end a session that was started after the request.
        if (client.getQueryData(SESSION) === own) forget(client);
      }),
    [own, accountId, client],
  );
  const signedIn = useMemo<SignedIn>(
    () => ({
      session: sessionFor(own, accountId),
      api,
      accountId,
      named: own.kind === 'admin' && accountId !== null ? { account_id: accountId } : {},
      chooseAccount: (account, page) => {
        rememberAccount(account);
        window.location.assign(addressFor(account, window.location, page));
      },
      signOut: () => {
        rememberAccount(null);
        void signOut(own).finally(() => forget(client));
      },
    }),
    [own, api, accountId, client],
  );
  if (!isThere) return <p role="status">{texts.states.loading}</p>;
  return (
    <SignedInContext value={signedIn}>
      {accountId === null ? (
        <Suspense fallback={<p role="status">{texts.states.loading}</p>}>
          <ChooseAccount onChoose={signedIn.chooseAccount} />
        </Suspense>
      ) : (
        <Layout />
      )}
    </SignedInContext>
  );
}
