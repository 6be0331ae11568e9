import { LIMITS } from '@hookline/shared/contracts/limits';

const WAIT = /^wait\s*=\s*"?(\d{1,6})"?$/i;

/**
 * Reads the seconds of `Prefer: wait=30` (RFC 7240, section 4.3), at most 60; 0 without this preference. If the
 * preference occurs several times, the first occurrence applies (section 2). Other preferences are ignored.
 */
export function preferredWaitSeconds(prefer: string | undefined): number {
  const found = (prefer ?? '')
    .split(/[,;]/)
    .map((preference) => WAIT.exec(preference.trim())?.[1])
    .find((seconds) => seconds !== undefined);
  return Math.min(Number(found ?? 0), LIMITS.waitSeconds.max);
}
