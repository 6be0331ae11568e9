import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { createApi } from '../api/api.ts';
import { Failure } from '../shell/failure.tsx';
import { Layout } from '../shell/layout.tsx';
import { texts } from '../texts.ts';
import { chosenAccount, rememberAccount } from './chosen-account.ts';
import { currentSession, type Session as Signed, signOut } from './session.ts';
import { type SignedIn, SignedInContext } from './session-context.ts';
import { SignIn } from './sign-in.tsx';

const SESSION = ['session'];

/** Operators only. */
const ChooseAccount = lazy(() => import('./choose-account.tsx'));

/** Shows the sign-in page until somebody is signed in, and then the pages. */
export function Session() {
  const client = useQueryClient();
  const session = useQuery({ queryKey: SESSION, queryFn: currentSession, staleTime: Infinity });
  if (session.isPending) return <p role="status">{texts.states.loading}</p>;
  if (session.isError) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <SignIn onSignedIn={(signed) => client.setQueryData(SESSION, signed)} />;
  return <Pages session={session.data} />;
}

/** Shows the sign-in page, and drops what the session has read. */
function forget(client: QueryClient): void {
  client.setQueryData(SESSION, null);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
}

function Pages({ session }: { session: Signed }) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState(chosenAccount);
  const api = useMemo(() => createApi(session, () => forget(client)), [session, client]);
  const accountId = session.account_id ?? chosen;
  const signedIn = useMemo<SignedIn>(
    () => ({
      session,
      api,
      accountId,
      named: session.kind === 'admin' && accountId !== null ? { account_id: accountId } : {},
      chooseAccount: (chosen) => {
        rememberAccount(chosen);
        setChosen(chosen);
      },
      signOut: () => {
        rememberAccount(null);
        void signOut(session).finally(() => forget(client));
      },
    }),
    [session, api, accountId, client],
  );
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
