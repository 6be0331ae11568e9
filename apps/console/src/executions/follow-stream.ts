import type { components } from '@hookline/client/schema';
import { isWorthRepeating } from '../api/is-worth-repeating.ts';
import type { ExecutionRow } from './execution-list.ts';

/** An event of the stream (ADR 47). */
export type LiveEvent =
  | { event: 'live'; data: components['schemas']['ExecutionStreamStart'] }
  | { event: 'execution' | 'left'; data: ExecutionRow }
  | { event: 'sampled'; data: components['schemas']['ExecutionStreamSample'] }
  | { event: 'gap' | 'position' | 'end' };

/** Opens a stream that continues after the last event that was received, if there is one. */
type OpenStream = (
  lastEventId: string | undefined,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;

interface FollowEvents {
  /** Called with the events in each piece of the stream. */
  onEvents: (events: LiveEvent[]) => void;
  /**
   * Called with true whenever a piece of the stream arrives, and with false when the stream has ended or could not be
   * opened, before it is opened again.
   */
  onConnected: (isConnected: boolean) => void;
}

interface FollowOptions {
  /** Id of the last event in an earlier stream; undefined to start with new events. */
  lastEventId: string | undefined;
  signal: AbortSignal;
  /** Resolves after this time, in ms, or when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Returns a number from 0 to 1, for the jitter of the pauses. */
  random: () => number;
}

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** Three heartbeat intervals of the server; a connection that is silent for longer is considered dead. */
const MAX_SILENCE_MS = 45_000;

/**
 * Follows the stream until the signal aborts; opens it again when it ends, after a pause that doubles with each
 * failure.
 * @returns the id of the last event, from which a later call can continue
 * @throws HooklineError if the API refuses the stream
 */
export async function followStream(
  open: OpenStream,
  events: FollowEvents,
  options: FollowOptions,
): Promise<string | undefined> {
  const { signal, sleep, random } = options;
  let { lastEventId } = options;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      for await (const piece of piecesOf(open, lastEventId, options)) {
        pauseMs = FIRST_PAUSE_MS;
        lastEventId = piece.lastEventId ?? lastEventId;
        events.onConnected(true);
        if (piece.events.length > 0) events.onEvents(piece.events);
      }
    } catch (error) {
      if (!isWorthRepeating(error)) throw error;
    }
    if (signal.aborted) break;
    events.onConnected(false);
    // With jitter, because a server that restarts disconnects all its clients at the same time.
    await sleep(pauseMs * (0.5 + random() / 2), signal);
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
  }
  return lastEventId;
}

interface Piece {
  events: LiveEvent[];
  lastEventId: string | undefined;
}

/** Yields the pieces of one stream until it ends or has been silent for `MAX_SILENCE_MS`. */
async function* piecesOf(
  open: OpenStream,
  lastEventId: string | undefined,
  { signal, sleep }: FollowOptions,
): AsyncGenerator<Piece> {
  // The parser is loaded only when the live list is first turned on.
  const { createParser } = await import('eventsource-parser');
  let piece: Piece = { events: [], lastEventId: undefined };
  const parser = createParser({
    onEvent: ({ event, data, id }) => {
      piece.lastEventId = id ?? piece.lastEventId;
      piece.events.push({ event, data: JSON.parse(data) as unknown } as LiveEvent);
    },
  });
  const connection = new AbortController();
  const either = AbortSignal.any([signal, connection.signal]);
  const stream = await open(lastEventId, either);
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const read = new AbortController();
      const silence = sleep(MAX_SILENCE_MS, AbortSignal.any([either, read.signal])).then(() => null);
      const next = await Promise.race([reader.read(), silence]);
      read.abort();
      if (next === null || next.done) return;
      piece = { events: [], lastEventId: undefined };
      parser.feed(next.value);
      yield piece;
    }
  } finally {
    connection.abort();
    reader.cancel().catch(() => undefined);
  }
}
