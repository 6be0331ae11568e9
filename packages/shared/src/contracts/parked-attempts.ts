/**
 * Header of a record in `webhook.delayed` that announces a parked attempt (ADR 38). The attempt is in `webhook.parked`,
 * so the retry scheduler does not move this record, and a dispatcher drops one that an older scheduler moved.
 */
export const PARKED_HEADER = 'hookline-parked';

/** Whether a record only announces an attempt that is in `webhook.parked`. */
export function isParkedElsewhere({ headers }: { headers: Readonly<Record<string, string>> }): boolean {
  return headers[PARKED_HEADER] !== undefined;
}
