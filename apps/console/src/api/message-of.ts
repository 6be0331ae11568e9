import { HooklineError } from '@hookline/client/hookline-error';

/** Returns the message of an error for display; a message of the API is without the status and code in front of it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof HooklineError ? error.message.replace(/^\d+ \w+: /, '') : error.message;
}
