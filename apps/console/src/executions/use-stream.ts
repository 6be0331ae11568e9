import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { useLatest } from '../shell/use-latest.ts';
import { checkedByApi } from './execution-list.ts';
import { followStream, type LiveEvent } from './follow-stream.ts';
import { sleepUntilAborted } from './sleep.ts';

interface Stream {
  isConnected: boolean;
  /** Whether this stream has been connected at least once. */
  wasConnected: boolean;
  /** Error with which the API refused the stream; null if the stream was not refused. */
  refusal: unknown;
  retry: () => void;
}

interface StreamOptions {
  isOn: boolean;
  /** The filter and, for an operator, the account. The stream is opened again when the query changes. */
  query: object;
  onEvents: (events: LiveEvent[]) => void;
}

const CLOSED = { isConnected: false, wasConnected: false };

/** Follows the stream of executions while `isOn` is true and the page is visible. */
export function useStream({ isOn, query, onEvents }: StreamOptions): Stream {
  const { api } = useSignedIn();
  const [connection, setConnection] = useState(CLOSED);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const handler = useLatest(onEvents);
  const lastEventId = useRef<string | undefined>(undefined);
  // A browser allows only a few connections to a server, so a hidden page closes its connection.
  const isVisible = useIsVisible();
  const isFollowed = isOn && isVisible;
  const queryText = JSON.stringify(query);

  useEffect(() => {
    if (!isFollowed) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const open = async (
      lastId: string | undefined,
      either: AbortSignal,
    ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> => {
      const header = lastId === undefined ? {} : { 'last-event-id': lastId };
      const params = { query: checkedByApi(JSON.parse(queryText) as object), header };
      const init = { params, parseAs: 'stream', signal: either } as const;
      const { data } = await api.GET('/api/v1/webhook-executions/stream', init);
      return data;
    };
    const events = {
      onEvents: (received: LiveEvent[]) => handler.current(received),
      onConnected: (isConnected: boolean) =>
        setConnection(({ wasConnected }) => ({ isConnected, wasConnected: wasConnected || isConnected })),
    };
    const options = {
      lastEventId: lastEventId.current,
      signal,
      sleep: sleepUntilAborted,
      random: Math.random,
    };
    followStream(open, events, options).then(
      (id) => (lastEventId.current = id),
      (error: unknown) => {
        if (!signal.aborted) setRefusal(error);
      },
    );
    return () => {
      controller.abort();
      setConnection(CLOSED);
      setRefusal(null);
    };
    // A change to `tries` opens the stream again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [isFollowed, api, queryText, tries, handler]);

  return { ...connection, refusal, retry: () => setTries((before) => before + 1) };
}

function useIsVisible(): boolean {
  return useSyncExternalStore(onVisibility, () => document.visibilityState === 'visible');
}

function onVisibility(changed: () => void): () => void {
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}
