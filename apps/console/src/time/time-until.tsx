import { useNow } from './now.ts';
import { exactTime, relativeTime } from './time.ts';

/** A time that is usually ahead: `in 5 sec.`; the exact one is at hand. */
export function TimeUntil({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(Date.parse(at), useNow())}
    </time>
  );
}
