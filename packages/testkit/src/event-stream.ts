import { createArrivals, DEFAULT_DEADLINE_MS } from './arrivals.ts';

/** An event of a `text/event-stream`, with its data parsed as JSON. */
interface StreamedEvent {
  event: string;
  data: Record<string, unknown>;
}

/** A stream of events that a test reads. */
export interface EventStream extends AsyncDisposable {
  status: number;
  headers: Headers;
  /** All events so far, in order of arrival. */
  readonly events: readonly StreamedEvent[];
  /** Id of the last event that had an id. */
  readonly lastId: string | undefined;
  /** Number of comments so far. */
  readonly comments: number;
  /** Resolves with the first event of this name for which `holds` returns true; it may already have arrived. */
  event(name: string, holds?: (data: Record<string, unknown>) => boolean): Promise<StreamedEvent>;
  /** Resolves when the server has ended the stream. */
  ended: Promise<void>;
}

/** Opens a stream of events. If the response is not an event stream, there are no events; `status` shows a refusal. */
export async function openEventStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  const events = createArrivals<StreamedEvent>(({ event, data }) => `${event} ${JSON.stringify(data)}`);
  const state = { lastId: undefined as string | undefined, comments: 0 };
  const read = async (): Promise<void> => {
    let text = '';
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) readBlock(block);
    }
  };
  const readBlock = (block: string): void => {
    const fields = new Map(
      block.split('\n').map((line) => [line.replace(/:.*/s, ''), line.replace(/^[^:]*: ?/, '')]),
    );
    state.lastId = fields.get('id') ?? state.lastId;
    if (fields.has('')) state.comments += 1;
    const event = fields.get('event');
    const data = JSON.parse(fields.get('data') ?? '{}') as StreamedEvent['data'];
    if (event !== undefined) events.add({ event, data });
  };
  const ended = read().catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  ended.catch(() => undefined);
  return {
    status: response.status,
    headers: response.headers,
    ended,
    get events() {
      return events.all;
    },
    get lastId() {
      return state.lastId;
    },
    get comments() {
      return state.comments;
    },
    event: (name, holds = () => true) =>
      events.until((all) => all.find(({ event, data }) => event === name && holds(data)), {
        wanted: `the event ${name}`,
        deadlineMs: DEFAULT_DEADLINE_MS,
      }),
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await ended;
    },
  };
}
