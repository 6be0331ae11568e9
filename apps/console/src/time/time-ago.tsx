import { exactTime, relativeTime } from './time.ts';
import { useNow } from './now.ts';

/** A relative time; the tooltip shows the exact time in the local zone and in UTC. */
export function TimeAgo({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(Date.parse(at), Math.max(now, Date.parse(at)))}
    </time>
  );
}
