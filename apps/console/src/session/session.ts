import { hooklineError } from '@hookline/client/hookline-error';

/** Who is signed in. The page cannot read the cookie itself. */
export interface Session {
  kind: 'account' | 'admin';
  /** Null for the operator, who belongs to no account. */
  account_id: string | null;
  name: string;
  scopes: string[];
  /** Sent with every request that changes something. */
  csrf: string;
  expires_at: string;
  /** Name and colour of the deployment, so that test and production are told apart. */
  environment: { name: string; colour: string } | null;
}

const PATH = '/console/session';

async function answered(response: Response): Promise<Session> {
  if (response.ok) return (await response.json()) as Session;
  throw await hooklineError(response);
}

/** Returns the session of this browser; null if nobody is signed in. */
export async function currentSession(): Promise<Session | null> {
  const response = await fetch(PATH, { headers: { accept: 'application/json' } });
  return response.status === 401 ? null : answered(response);
}

/** @throws HooklineError if the key is not valid */
export async function signIn(apiKey: string): Promise<Session> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return answered(await fetch(PATH, { method: 'POST', headers, body: JSON.stringify({ api_key: apiKey }) }));
}

export async function signOut({ csrf }: Session): Promise<void> {
  await fetch(PATH, { method: 'DELETE', headers: { 'x-hookline-csrf': csrf } });
}
