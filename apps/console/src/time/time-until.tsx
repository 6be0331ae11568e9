import { useNow } from './now.ts';
import { exactTime, relativeTime } from './time.ts';

/** A time that is usually in the future: `in 5 sec.`; the tooltip shows the exact time. */
export function TimeUntil({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(Date.parse(at), useNow())}
    </time>
  );
}
