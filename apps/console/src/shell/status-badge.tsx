import { texts } from '../texts.ts';

type Status = keyof typeof texts.statuses;

/** Shape and colour of each status: never colour alone. */
const LOOKS: Record<Status, { tone: string; path: string }> = {
  pending: { tone: 'badge-wait', path: 'M8 4v4l3 2M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13' },
  retrying: { tone: 'badge-warn', path: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3' },
  cancelling: { tone: 'badge-warn', path: 'M4 4l8 8M12 4l-8 8' },
  success: { tone: 'badge-ok', path: 'M3 8.5l3.5 3.5L13 5' },
  error: { tone: 'badge-bad', path: 'M8 3v6M8 12.5v.5' },
  timeout: { tone: 'badge-bad', path: 'M4 2h8M4 14h8M5 2c0 6 6 6 6 12M11 2c0 6-6 6-6 12' },
  cancelled: { tone: '', path: 'M3 8h10' },
};

/** Shows a status as icon and word. */
export function StatusBadge({ status }: { status: string }) {
  const known = status in LOOKS ? (status as Status) : null;
  const look = known ? LOOKS[known] : { tone: '', path: '' };
  return (
    <span className={`badge ${look.tone}`}>
      <svg
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        aria-hidden
      >
        <path d={look.path} />
      </svg>
      {known ? texts.statuses[known] : status}
    </span>
  );
}
