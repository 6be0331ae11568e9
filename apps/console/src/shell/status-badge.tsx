import { texts } from '../texts.ts';
import { Badge, type BadgeLook } from './badge.tsx';

type Status = keyof typeof texts.statuses;

const LOOKS: Record<Status, BadgeLook> = {
  pending: { tone: 'wait', icon: 'clock' },
  retrying: { tone: 'warn', icon: 'probe' },
  cancelling: { tone: 'warn', icon: 'cross' },
  success: { tone: 'ok', icon: 'check' },
  error: { tone: 'bad', icon: 'alert' },
  timeout: { tone: 'bad', icon: 'hourglass' },
  cancelled: { tone: 'plain', icon: 'dash' },
};

/** Shows the status of an execution; a status that is unknown to this console is shown unchanged. */
export function StatusBadge({ status }: { status: string }) {
  const known = status in LOOKS ? (status as Status) : null;
  const look = known ? LOOKS[known] : ({ tone: 'plain', icon: 'dash' } as const);
  return <Badge {...look}>{known ? texts.statuses[known] : status}</Badge>;
}
