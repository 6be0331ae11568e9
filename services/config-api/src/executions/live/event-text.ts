/** Builds the text of a `text/event-stream` (HTML standard, 9.2). */

interface StreamEvent {
  event: string;
  /** Written as JSON, which contains no line breaks. */
  data: unknown;
  /** Position after this event, for Last-Event-ID. */
  id?: string;
}

export function eventText({ event, data, id }: StreamEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n${id === undefined ? '' : `id: ${id}\n`}\n`;
}

/** Comment that keeps proxies and clients from closing an idle connection. */
export const HEARTBEAT = ': heartbeat\n\n';

/** Time that a client should wait after the end of a connection before it connects again, in ms. */
const RECONNECT_MS = 2_000;
export const RECONNECT = `retry: ${RECONNECT_MS}\n\n`;
