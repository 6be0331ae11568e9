import type { Translate } from '../texts/texts.ts';

/** Writes a duration in a suitable unit: `20 s`, `12 h`. */
export function duration(ms: number, t: Translate): string {
  if (ms < 1_000) return t('time.ms', { value: ms });
  if (ms < 120_000) return t('time.seconds', { value: rounded(ms / 1_000) });
  if (ms < 7_200_000) return t('time.minutes', { value: rounded(ms / 60_000) });
  return t('time.hours', { value: rounded(ms / 3_600_000) });
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}

const DAY_MS = 86_400_000;

/** Writes the time of day, with the date if the time is more than half a day ahead. */
export function clockTime(at: number, { now, locale }: { now: number; locale: string | undefined }): string {
  const isFar = at - now > DAY_MS / 2;
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    ...(isFar && { weekday: 'short', day: 'numeric', month: 'short' }),
  }).format(at);
}

/** Writes an RFC 3339 time in the format of the locale. */
export function dateTime(time: string, locale: string | undefined): string {
  const at = Date.parse(time);
  return Number.isNaN(at)
    ? time
    : new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}
