import { HooklineError, hooklineError } from '@hookline/client/hookline-error';
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

/** Waits for a token from the embedding page, and then shows the pages. */
export default function PortalGate() {
  const grant = useSyncExternalStore(host.subscribe, host.current);
  const client = useQueryClient();
  const checked = useQuery({
    queryKey: ['session', 'portal'],
    queryFn: () => acceptedNow(),
    // The effect below checks each token once. During the check, the pages continue to use the previous token.
    enabled: false,
  });
  const { data: accepted, refetch } = checked;
  useEffect(() => {
    if (grant) void refetch();
  }, [grant, refetch]);
  const account = accepted?.session.account_id;
  useEffect(
    () => () => client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' }),
    // Data of one account must not be shown in the session of another account.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
    [account, client],
  );
  if (!host.isFramed) return <Notice text={texts.portal.alone} />;
  const failure = grant && checked.isError && (
    // A retry requests another token.
    <Failure error={checked.error} mayRetry onRetry={() => host.end(grant.token)} />
  );
  if (accepted) {
    return (
      <>
        {failure || (!grant && <p role="status">{texts.portal.waiting}</p>)}
        <Pages key={account} accepted={accepted} />
      </>
    );
  }
  if (!grant) return <Notice text={texts.portal.waiting} />;
  return failure || <Notice text={texts.states.loading} />;
}

function Notice({ text }: { text: string }) {
  return (
    <main className="page">
      <p role="status">{text}</p>
    </main>
  );
}

/** A token that the API has accepted, and the session that it grants. */
interface Accepted {
  grant: PortalGrant;
  session: Session;
}

async function acceptedNow(): Promise<Accepted> {
  const grant = host.current();
  if (!grant) throw new Error('there is no token to check');
  try {
    return { grant, session: await portalSession(grant) };
  } catch (error) {
    // Requests another token, because the API key that created this one may have been revoked. The pages cannot find
    // that out, because they still use the previous token.
    if (error instanceof HooklineError && error.status === 401) host.end(grant.token);
    throw error;
  }
}

/**
 * Returns a function that adds the token to a request and omits cookies, even if this browser is signed in to the
 * console.
 */
function byToken(token: string): Authorize {
  return (request) => {
    request.headers.set('authorization', `Bearer ${token}`);
    return new Request(request, { credentials: 'omit' });
  };
}

/** Drops the token with which a request was sent. */
function endTokenOf({ headers }: Request): void {
  host.end((headers.get('authorization') ?? '').replace('Bearer ', ''));
}

async function portalSession({ token }: PortalGrant): Promise<Session> {
  const response = await fetch('/console/portal/session', {
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
    credentials: 'omit',
  });
  if (!response.ok) throw await hooklineError(response);
  const view = (await response.json()) as Pick<Session, 'account_id' | 'name' | 'scopes' | 'expires_at'>;
  return { kind: 'account', accounts: [], csrf: '', environment: null, ...view };
}

function Pages({ accepted: { grant, session } }: { accepted: Accepted }) {
  const api = useMemo(() => createApi(byToken(grant.token), endTokenOf), [grant.token]);
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
