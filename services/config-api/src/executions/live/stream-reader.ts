import type { ExecutionStreamEnd } from '@hookline/shared/contracts/rest/execution-stream';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { HistoryFilter } from '../history-query.ts';
import { type ChangedRow, chooseRows } from './choose-rows.ts';
import { EventOutput } from './event-output.ts';
import { eventText, HEARTBEAT, RECONNECT } from './event-text.ts';
import type { ChangesSince } from './recent-changes.ts';

/** The rows of a stream that changed, and how many changes were not looked at. */
export interface ReadChanges {
  rows: readonly ChangedRow[];
  untested: number;
}

/** Interval of the heartbeats, in ms. A reader that takes nothing for two of them is disconnected. */
const HEARTBEAT_MS = 15_000;
const MAX_IDLE_BEATS = 2;
/** Maximum number of rows that are sent at a time. */
const MAX_ROWS = 15;
/** Rows that the reader is taken to have. */
const MAX_KNOWN = 1_000;

interface StreamReaderEvents {
  /** The reader can take more. */
  onReady: () => void;
  onClose: () => void;
  /** Called for each event that is sent. */
  onEvent: (event: string) => void;
}

/** One open stream: what it selects, how far it has read, and what it is taken to have. */
export class StreamReader {
  readonly filter: HistoryFilter;
  /** Equal for readers that select the same. */
  readonly filterKey: string;
  readonly #output: EventOutput;
  readonly #onEvent: (event: string) => void;
  readonly #known = new BoundedMap<string, true>({ maxEntries: MAX_KNOWN });
  readonly #beats: NodeJS.Timeout;
  #idleBeats = 0;
  /** Null until it has begun. */
  #position: string | null = null;

  constructor(filter: HistoryFilter, { onReady, onClose, onEvent }: StreamReaderEvents) {
    this.filter = filter;
    this.filterKey = JSON.stringify(filter);
    this.#onEvent = onEvent;
    this.#beats = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    this.#output = new EventOutput({
      onReady,
      onClose: () => {
        clearInterval(this.#beats);
        onClose();
      },
    });
  }

  get stream(): EventOutput['stream'] {
    return this.#output.stream;
  }

  /** Position up to which it has been sent everything; null while it takes nothing. */
  get position(): string | null {
    return this.#output.isFull ? null : this.#position;
  }

  knows(executionId: string): boolean {
    return this.#known.has(executionId);
  }

  /** Begins at a position. @param hasResumed whether that is where the reader was before */
  begin(position: string, { hasResumed }: { hasResumed: boolean }): void {
    this.#position = position;
    this.#output.write(RECONNECT);
    this.#send('live', { resumed: hasResumed }, position);
  }

  /** Notes rows that the reader has from the list. */
  note(executionIds: readonly string[]): void {
    for (const executionId of executionIds) this.#known.set(executionId, true);
  }

  /** Sends what changed, up to the position after it. */
  advance({ rows, untested }: ReadChanges, { to }: Pick<ChangesSince, 'to'>): void {
    const { chosen, of } = chooseRows(rows, { isKnown: (id) => this.knows(id), maxRows: MAX_ROWS });
    this.#position = to;
    const all = of + untested;
    if (chosen.length < all) this.#send('sampled', { shown: chosen.length, of: all });
    for (const [index, { row, matches }] of chosen.entries()) {
      // Only the last one has the id: after a lost connection, none of these rows may be missing.
      this.#send(matches ? 'execution' : 'left', row, index === chosen.length - 1 ? to : undefined);
      if (matches) this.#known.set(row.execution_id, true);
      else this.#known.delete(row.execution_id);
    }
    if (chosen.length === 0) this.#send('position', {}, to);
  }

  /** Reports that changes are missing, and continues at a position. */
  skip(position: string): void {
    this.#position = position;
    this.#send('gap', {}, position);
  }

  end(reason: ExecutionStreamEnd['reason']): void {
    this.#onEvent('end');
    this.#output.end(eventText({ event: 'end', data: { reason } }));
  }

  #send(event: string, data: unknown, id?: string): void {
    this.#onEvent(event);
    this.#output.write(eventText({ event, data, ...(id !== undefined && { id }) }));
  }

  #beat(): void {
    if (!this.#output.isFull) {
      this.#idleBeats = 0;
      this.#output.write(HEARTBEAT);
    } else if (++this.#idleBeats >= MAX_IDLE_BEATS) this.#output.cut();
  }
}
