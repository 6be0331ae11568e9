import { afterEach, describe, expect, it } from '@jest/globals';
import type { WebhookExecution } from '@hookline/shared/contracts/rest/webhook-executions';
import { createLogger } from '@hookline/shared/runtime/logger';
import type { HistoryFilter } from '../history-query.ts';
import { AccountFeed, type ReadChangedRows } from './account-feed.ts';
import { StreamReader } from './stream-reader.ts';

const readers: StreamReader[] = [];

afterEach(() => {
  for (const reader of readers.splice(0)) reader.stream.destroy();
});

/** Creates a reader. `until` resolves with the text that was sent to the reader, as soon as it contains the event. */
function readerOf(filter: Partial<HistoryFilter>) {
  const reader = new StreamReader(
    { accountId: 'a', ...filter },
    { onReady: () => undefined, onClose: () => undefined, onEvent: () => undefined },
  );
  readers.push(reader);
  let text = '';
  const waiting = new Set<() => void>();
  reader.stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    for (const check of waiting) check();
  });
  const until = (event: string): Promise<string> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (text.includes(`event: ${event}\n`)) resolve(text);
      };
      waiting.add(check);
      check();
    });
  return { reader, until };
}

function feedOf(readRows: ReadChangedRows): AccountFeed {
  return new AccountFeed({ readRows, logger: createLogger('test', 'silent') });
}

const rowsOf: ReadChangedRows = async (_filter, changes) =>
  changes.map(({ executionId }) => {
    return { row: { execution_id: executionId, accepted_at: '1' } as WebhookExecution, matches: true };
  });

const notice = (id: string) => ({
  id,
  accountId: 'a',
  omitted: 0,
  changes: [{ executionId: `execution of ${id}`, acceptedAt: 1 }],
});

describe('the feed of an account', () => {
  it('reads once for streams with the same filter, and reads only rows that changed since their position', async () => {
    const reads: string[] = [];
    const feed = feedOf(async (filter, changes) => {
      reads.push(`${filter.status}: ${changes.map(({ executionId }) => executionId).join()}`);
      return rowsOf(filter, changes);
    });
    const streams = [
      readerOf({ status: 'error' }),
      readerOf({ status: 'error' }),
      readerOf({ status: 'success' }),
    ];
    for (const { reader } of streams) {
      feed.add(reader);
      feed.begin(reader, undefined);
    }
    feed.changed(notice('n1'));
    await Promise.all(streams.map(({ until }) => until('execution')));
    expect(reads).toEqual(['error: execution of n1', 'success: execution of n1']);
  });

  it('serves the other streams if the query of one stream fails', async () => {
    const feed = feedOf(async (filter, changes) => {
      if (filter.status === 'error') throw new Error('this query fails');
      return rowsOf(filter, changes);
    });
    const [failing, other] = [readerOf({ status: 'error' }), readerOf({})];
    for (const { reader } of [failing, other]) {
      feed.add(reader);
      feed.begin(reader, undefined);
    }
    feed.changed(notice('n1'));
    expect(await other.until('execution')).toContain('"execution of n1"');
    feed.stop();
  });

  it('starts every stream with the time to wait before reconnecting, even if the stream starts with a gap', async () => {
    const feed = feedOf(rowsOf);
    for (const [lastEventId, event] of [
      [undefined, 'live'],
      ['forgotten', 'gap'],
    ] as const) {
      const { reader, until } = readerOf({});
      feed.add(reader);
      feed.begin(reader, lastEventId);
      expect(await until(event)).toMatch(new RegExp(`^retry: \\d+\n\nevent: ${event}\n`));
    }
    feed.stop();
  });

  it('sends only a gap to a stream that is too far behind', async () => {
    const feed = feedOf(rowsOf);
    const { reader, until } = readerOf({});
    feed.add(reader);
    feed.begin(reader, undefined);
    await until('live');
    for (let index = 0; index <= 1_001; index += 1) feed.changed(notice(`n${index}`));
    const text = await until('gap');
    expect(text).not.toContain('event: execution\n');
    expect(reader.position).toBe('n1001');
  });
});
