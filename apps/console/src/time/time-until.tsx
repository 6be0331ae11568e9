import { useNow } from './now.ts';
import { exactTime, relativeTime } from './time.ts';

interface TimeUntilProps {
  at: string;
  /** Text to show once the time has passed; by default the relative time, such as `5m ago`. */
  passed?: string;
}

/** A time that is usually in the future, shown as `in 5s`; the tooltip shows the exact time. */
export function TimeUntil({ at, passed }: TimeUntilProps) {
  const now = useNow();
  const time = Date.parse(at);
  if (passed !== undefined && time <= now) return <span title={exactTime(at)}>{passed}</span>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {relativeTime(time, now)}
    </time>
  );
}
