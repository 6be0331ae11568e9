import type { Session } from './session.ts';

/**
 * Returns whether the session has this scope. The API enforces scopes; pages only hide actions that the API would
 * refuse.
 */
export function may({ kind, scopes }: Pick<Session, 'kind' | 'scopes'>, scope: string): boolean {
  return kind === 'admin' || scopes.includes(scope);
}
