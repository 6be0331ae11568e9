import { describe, expect, test } from '@jest/globals';
import { HooklineError } from '@hookline/client/hookline-error';
import { followStream, type LiveEvent } from './follow-stream.ts';

const text = (event: string, data: unknown, id?: string): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n${id === undefined ? '' : `id: ${id}\n`}\n`;

/** Returns a stream that delivers these pieces and then ends. */
function streamOf(...pieces: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob(pieces).stream();
}

interface Followed {
  events: LiveEvent[];
  connected: boolean[];
  pauses: number[];
  lastIds: (string | undefined)[];
  result: string | undefined;
}

/** Follows the streams that these functions open, until all of them have been called. */
async function follow(opens: (() => ReadableStream<Uint8Array<ArrayBuffer>>)[]): Promise<Followed> {
  const controller = new AbortController();
  const seen: Omit<Followed, 'result'> = { events: [], connected: [], pauses: [], lastIds: [] };
  const result = await followStream(
    (lastId) => {
      seen.lastIds.push(lastId);
      const open = opens.shift();
      if (!open) {
        controller.abort();
        return Promise.reject(new Error('none left'));
      }
      return Promise.resolve().then(open);
    },
    {
      onEvents: (events) => void seen.events.push(...events),
      onConnected: (isConnected) => void seen.connected.push(isConnected),
    },
    {
      lastEventId: undefined,
      signal: controller.signal,
      random: () => 1,
      sleep: (ms, signal) => {
        // This timer detects a silent connection. These streams are never silent, so the timer ends only by an abort.
        if (ms >= 45_000) return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
        seen.pauses.push(ms);
        return Promise.resolve();
      },
    },
  );
  return { ...seen, result };
}

const failing = (error: Error) => (): never => {
  throw error;
};

const problem = (status: number): HooklineError => new HooklineError(new Response(null, { status }), {});

describe('following the stream', () => {
  test('continues after the last event with an id', async () => {
    const first = streamOf(
      text('live', { resumed: false }, 'p0'),
      text('execution', { execution_id: 'e1' }, 'p1'),
    );
    const second = streamOf(text('live', { resumed: true }, 'p1'), text('left', { execution_id: 'e1' }));
    const { events, lastIds, connected, result } = await follow([() => first, () => second]);
    expect(events.map(({ event }) => event)).toEqual(['live', 'execution', 'live', 'left']);
    expect(lastIds).toEqual([undefined, 'p1', 'p1']);
    expect(result).toBe('p1');
    expect(connected[0]).toBe(true);
    expect(connected).toContain(false);
  });

  test('joins events that arrive in pieces, and ignores comments', async () => {
    const bytes = new TextEncoder().encode(
      `: heartbeat\n\n${text('execution', { execution_id: 'é' }, 'p1')}`,
    );
    const oneByOne = (): ReadableStream<Uint8Array<ArrayBuffer>> =>
      new ReadableStream({
        start: (controller) => {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
    const { events } = await follow([oneByOne]);
    expect(events).toEqual([{ event: 'execution', data: { execution_id: 'é' } }]);
  });

  test('doubles the pause with each failure, and resets it after a success', async () => {
    const away = failing(new TypeError('network'));
    const works = (): ReadableStream<Uint8Array<ArrayBuffer>> =>
      streamOf(text('live', { resumed: false }, 'p0'));
    const { pauses } = await follow([away, away, away, works, away]);
    expect(pauses).toEqual([1_000, 2_000, 4_000, 1_000, 2_000]);
  });
});

describe('a stream that the API refuses', () => {
  test.each([400, 403, 404, 422])('with %d is not opened again', async (status) => {
    const refusal = problem(status);
    await expect(follow([failing(refusal)])).rejects.toBe(refusal);
  });

  test.each([401, 408, 425, 429, 500, 503])('with %d is opened again', async (status) => {
    const refusal = problem(status);
    const { pauses } = await follow([failing(refusal), failing(refusal)]);
    expect(pauses).toHaveLength(2);
  });
});
