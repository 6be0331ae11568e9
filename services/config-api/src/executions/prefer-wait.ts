import { LIMITS } from '@hookline/shared/contracts/limits';

const WAIT = /^wait\s*=\s*"?(\d{1,6})"?$/i;

/**
 * Seconds of `Prefer: wait=30` (RFC 7240, section 4.3), at most 60; 0 without one. The first one counts (section 2);
 * other preferences are ignored.
 */
export function preferredWaitSeconds(prefer: string | undefined): number {
  const found = (prefer ?? '')
    .split(/[,;]/)
    .map((preference) => WAIT.exec(preference.trim())?.[1])
    .find((seconds) => seconds !== undefined);
  return Math.min(Number(found ?? 0), LIMITS.waitSeconds.max);
}
