import { hooklineError } from '@hookline/client/hookline-error';

/** The user who is signed in, as reported by config-api, because the page cannot read the cookie itself. */
export interface Session {
  kind: 'account' | 'admin';
  /** Null for an operator, who does not belong to an account, and for a person with several accounts. */
  account_id: string | null;
  name: string;
  scopes: string[];
  /** Accounts of a person who has several accounts; otherwise empty. */
  accounts: { account_id: string; scopes: string[] }[];
  /** Sent with every request that changes something. */
  csrf: string;
  expires_at: string;
  /** Name and colour of the deployment, to distinguish test from production. */
  environment: { name: string; colour: string } | null;
}

const PATH = '/console/session';
const HEADERS = { accept: 'application/json' };

async function answered<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  throw await hooklineError(response);
}

/** Returns the session of this browser; null if there is none. */
export async function currentSession(): Promise<Session | null> {
  const response = await fetch(PATH, { headers: HEADERS });
  return response.status === 401 ? null : answered<Session>(response);
}

/** @throws HooklineError if the key is not valid */
export async function signIn(apiKey: string): Promise<Session> {
  const headers = { ...HEADERS, 'content-type': 'application/json' };
  const body = JSON.stringify({ api_key: apiKey });
  return answered<Session>(await fetch(PATH, { method: 'POST', headers, body }));
}

export async function signOut({ csrf }: Session): Promise<void> {
  await fetch(PATH, { method: 'DELETE', headers: { 'x-hookline-csrf': csrf } });
}

/** Returns whether the session belongs to the admin key; false for a person who is an operator. */
export function isAdminKey({ kind, name }: Session): boolean {
  return kind === 'admin' && name === 'admin key';
}

/** Returns the name of the identity provider with which people may sign in; null if there is none. */
export async function signInProvider(): Promise<string | null> {
  const options = await answered<{ provider: string | null }>(
    await fetch('/console/sign-in-options', { headers: HEADERS }),
  );
  return options.provider;
}

/** Returns the session of a person with several accounts, restricted to one of them; other sessions unchanged. */
export function sessionFor(session: Session, accountId: string | null): Session {
  const account = session.accounts.find(({ account_id }) => account_id === accountId);
  return account ? { ...session, account_id: account.account_id, scopes: account.scopes } : session;
}
