import type { ExecutionStreamEnd } from '@hookline/shared/contracts/rest/execution-stream';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { HistoryFilter } from '../history-query.ts';
import { type ChangedRow, chooseRows } from './choose-rows.ts';
import { EventOutput } from './event-output.ts';
import { eventText, HEARTBEAT, RECONNECT } from './event-text.ts';
import type { ChangesSince } from './recent-changes.ts';

/** Changed rows, and the number of changes whose rows were not read. */
export interface ReadChanges {
  rows: readonly ChangedRow[];
  untested: number;
}

/** Interval of the heartbeats, in ms. A reader whose buffer is full at two successive heartbeats is disconnected. */
const HEARTBEAT_MS = 15_000;
const MAX_IDLE_BEATS = 2;
/** Maximum number of rows sent at a time. */
const MAX_ROWS = 15;
/** Maximum number of rows that the reader is assumed to have. */
const MAX_KNOWN = 1_000;

interface StreamReaderEvents {
  /** Called when the reader can receive more. */
  onReady: () => void;
  onClose: () => void;
  /** Called for each event that is sent. */
  onEvent: (event: string) => void;
}

/** One open stream: its filter, its position, and the rows that its reader is assumed to have. */
export class StreamReader {
  readonly filter: HistoryFilter;
  /** Equal for readers with the same filter. */
  readonly filterKey: string;
  readonly #output: EventOutput;
  readonly #onEvent: (event: string) => void;
  readonly #known = new BoundedMap<string, true>({ maxEntries: MAX_KNOWN });
  readonly #beats: NodeJS.Timeout;
  #idleBeats = 0;
  /** Null until the stream has started. */
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

  /** Position up to which all changes have been sent; null before the start and while the reader's buffer is full. */
  get position(): string | null {
    return this.#output.isFull ? null : this.#position;
  }

  knows(executionId: string): boolean {
    return this.#known.has(executionId);
  }

  /**
   * Starts at a position.
   * @param hasResumed whether the reader had reached this position before
   */
  begin(position: string, { hasResumed }: { hasResumed: boolean }): void {
    this.#moveTo(position);
    this.#send('live', { resumed: hasResumed }, position);
  }

  /** Records rows that the reader already has from the list. */
  note(executionIds: readonly string[]): void {
    for (const executionId of executionIds) this.#known.set(executionId, true);
  }

  /** Sends changed rows and moves to the position after them. */
  advance({ rows, untested }: ReadChanges, { to }: Pick<ChangesSince, 'to'>): void {
    const { chosen, of } = chooseRows(rows, { isKnown: (id) => this.knows(id), maxRows: MAX_ROWS });
    this.#position = to;
    const all = of + untested;
    if (chosen.length < all) this.#send('sampled', { shown: chosen.length, of: all });
    for (const [index, { row, matches }] of chosen.entries()) {
      // Only the last row carries the id, so that after a lost connection all rows of this batch are sent again.
      this.#send(matches ? 'execution' : 'left', row, index === chosen.length - 1 ? to : undefined);
      if (matches) this.#known.set(row.execution_id, true);
      else this.#known.delete(row.execution_id);
    }
    if (chosen.length === 0) this.#send('position', {}, to);
  }

  /** Reports that changes may have been missed, and continues at a position. */
  skip(position: string): void {
    this.#moveTo(position);
    this.#send('gap', {}, position);
  }

  end(reason: ExecutionStreamEnd['reason']): void {
    this.#onEvent('end');
    this.#output.end(eventText({ event: 'end', data: { reason } }));
  }

  #moveTo(position: string): void {
    const isStart = this.#position === null;
    this.#position = position;
    if (isStart) this.#output.write(RECONNECT);
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
