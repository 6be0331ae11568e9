import { HooklineError } from '@hookline/client/hookline-error';

/**
 * Returns the message of an error for display, without the status and code at the beginning of a message from the API.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof HooklineError ? error.message.replace(/^\d+ \w+: /, '') : error.message;
}
