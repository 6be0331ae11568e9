import { hooklineError } from '@hookline/client/hookline-error';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { type Authorize, createApi } from '../api/api.ts';
import type { Session } from '../session/session.ts';
import { type SignedIn, SignedInContext } from '../session/session-context.ts';
import { Failure } from '../shell/failure.tsx';
import { Layout } from '../shell/layout.tsx';
import { texts } from '../texts.ts';
import { type PortalGrant, PortalHost } from './portal-host.ts';
import { portalOrigins } from './portal-origins.ts';

const host = new PortalHost({ origins: portalOrigins ?? [] });
if (host.isFramed) host.start();

/** Waits for the token of the page around the portal, and then shows the pages. */
export default function PortalGate() {
  const grant = useSyncExternalStore(host.subscribe, host.current);
  const client = useQueryClient();
  const session = useQuery({
    queryKey: ['session', 'portal', grant?.number],
    queryFn: () => portalSession(grant),
    enabled: grant !== null,
    staleTime: Infinity,
    // The pages stay while a new token is looked at.
    placeholderData: (previous) => previous,
  });
  const account = session.data?.account_id;
  useEffect(
    () => () => client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' }),
    // Data of one account must not be shown with another one.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
    [account, client],
  );
  if (!host.isFramed) return <Notice text={texts.portal.alone} />;
  if (!grant) return <Notice text={texts.portal.waiting} />;
  if (session.isError) return <Failure error={session.error} onRetry={host.end} />;
  if (!session.data) return <Notice text={texts.states.loading} />;
  return <Pages key={session.data.account_id} session={session.data} />;
}

function Notice({ text }: { text: string }) {
  return (
    <main className="page">
      <p role="status">{text}</p>
    </main>
  );
}

/** No cookie is sent, also if the console is signed in within this browser. */
const byToken: Authorize = (request) => {
  const grant = host.current();
  if (grant) request.headers.set('authorization', `Bearer ${grant.token}`);
  return new Request(request, { credentials: 'omit' });
};

async function portalSession(grant: PortalGrant | null): Promise<Session> {
  const response = await fetch('/console/portal/session', {
    headers: { accept: 'application/json', authorization: `Bearer ${grant?.token}` },
    credentials: 'omit',
  });
  if (!response.ok) throw await hooklineError(response);
  const view = (await response.json()) as Pick<Session, 'account_id' | 'name' | 'scopes' | 'expires_at'>;
  return { kind: 'account', accounts: [], csrf: '', environment: null, ...view };
}

function Pages({ session }: { session: Session }) {
  const api = useMemo(() => createApi(byToken, host.end), []);
  const signedIn = useMemo<SignedIn>(
    () => ({
      session,
      api,
      accountId: session.account_id,
      named: {},
      chooseAccount: () => undefined,
      signOut: null,
    }),
    [session, api],
  );
  return (
    <SignedInContext value={signedIn}>
      <Layout />
    </SignedInContext>
  );
}
