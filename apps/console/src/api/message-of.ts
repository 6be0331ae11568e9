import { HooklineError } from '@hookline/client/hookline-error';

/** Returns what an error says, to be shown on a page: of the API without the status and code in front of its words. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof HooklineError ? error.message.replace(/^\d+ \w+: /, '') : error.message;
}
