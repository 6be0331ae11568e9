import { findDisturbances } from '../disturbances.ts';
import type { Guarantee } from '../guarantee.ts';
import type { EventKind, HistoryEvent } from '../history-event.ts';
import { LedgerKeeper } from '../ledger.ts';

/** Returns the findings of one guarantee in a history, as strings. */
export function findingsOf(guarantee: Guarantee, events: readonly HistoryEvent[]): string[] {
  const keeper = new LedgerKeeper();
  for (const event of events) keeper.add(event);
  const ledger = keeper.ledger();
  const evidence = { ledger, disturbances: findDisturbances(ledger) };
  return [...guarantee.check(evidence)].map(
    ({ what, execution }) => `${execution ? `${execution.executionId}: ` : ''}${what}`,
  );
}

/** Member of `HistoryEvent` that has the kind `K`; one member may cover several kinds. */
type OfKind<K extends EventKind, E = HistoryEvent> = E extends { kind: EventKind }
  ? K extends E['kind']
    ? E
    : never
  : never;
type Matches = { executionId?: string; attempt?: number; topic?: string };

function matches(event: HistoryEvent, kind: string, wanted: Matches): boolean {
  return (
    event.kind === kind && Object.entries(wanted).every(([name, value]) => Object(event)[name] === value)
  );
}

/** Returns the history without the matching events. */
export function without(
  events: readonly HistoryEvent[],
  kind: EventKind,
  wanted: Matches = {},
): HistoryEvent[] {
  return events.filter((event) => !matches(event, kind, wanted));
}

/** Returns the history with some values of the matching events replaced. */
export function changed<K extends EventKind>(
  events: readonly HistoryEvent[],
  kind: K,
  wanted: Matches,
  change: Partial<OfKind<K>>,
): HistoryEvent[] {
  return events.map((event) => (matches(event, kind, wanted) ? { ...event, ...change } : event));
}

/** Returns the first matching event of a kind. */
export function lineOf<K extends EventKind>(
  events: readonly HistoryEvent[],
  kind: K,
  wanted: Matches = {},
): OfKind<K> {
  const found = events.find((event) => matches(event, kind, wanted));
  if (!found) throw new Error(`the history has no ${kind} event that matches ${JSON.stringify(wanted)}`);
  return found as OfKind<K>;
}
