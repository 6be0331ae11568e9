const STORED_AS = 'hookline-account';

/** Returns the account that was chosen last in this tab, so that a reload keeps it. */
export function chosenAccount(): string | null {
  return sessionStorage.getItem(STORED_AS) || null;
}

export function rememberAccount(accountId: string | null): void {
  if (accountId === null) sessionStorage.removeItem(STORED_AS);
  else sessionStorage.setItem(STORED_AS, accountId);
}
