import type { EventKind, HistoryEvent } from './history-event.ts';

const KINDS: Record<EventKind, true> = {
  settings: true,
  'account-limits': true,
  'endpoint-rate': true,
  accepted: true,
  requested: true,
  delayed: true,
  lane: true,
  due: true,
  attempt: true,
  completed: true,
  'dead-letter': true,
  call: true,
  row: true,
  'attempt-row': true,
  committed: true,
  gained: true,
  started: true,
  stopped: true,
  killed: true,
  frozen: true,
  thawed: true,
  'broker-away': true,
};

/**
 * Parses a line of a history.
 * @throws Error if it is invalid JSON or of an unknown kind, because a history with such a line proves nothing
 */
export function parseEvent(line: string): HistoryEvent {
  let event: Partial<HistoryEvent> | null;
  try {
    event = JSON.parse(line) as Partial<HistoryEvent> | null;
  } catch (cause) {
    throw new Error(`invalid JSON in the history: ${line.slice(0, 200)}`, { cause });
  }
  if (event?.kind === undefined || !Object.hasOwn(KINDS, event.kind)) {
    throw new Error(`unknown kind in the history: ${line.slice(0, 200)}`);
  }
  return event as HistoryEvent;
}
