import { HooklineError } from '@hookline/client/hookline-error';

/** Returns why an action was refused, in the words of the API, without the status and code in front of them. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof HooklineError ? error.message.replace(/^\d+ \w+: /, '') : error.message;
}
