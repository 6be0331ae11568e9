import type { Session } from './session.ts';

/** Tells whether the session permits what needs this scope. The API decides; pages only leave out what it would refuse. */
export function may({ kind, scopes }: Pick<Session, 'kind' | 'scopes'>, scope: string): boolean {
  return kind === 'admin' || scopes.includes(scope);
}
