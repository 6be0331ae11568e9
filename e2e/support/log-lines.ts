import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';

/** A log line, parsed from JSON. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Log lines of the services in this process. A line may be written some time after the event that it reports. */
export interface LogLines {
  /** Lines so far, as JSON strings. */
  readonly all: readonly string[];
  /** Accepts a line from a logger. */
  write(line: string): void;
  /**
   * Waits until `count` lines match, and returns all lines that match at that time.
   * @throws Error that lists the logged lines, after 90 s
   */
  matching(count: number, where: (line: LogLine) => boolean): Promise<LogLine[]>;
  /** Returns the dispatcher's line about the end of an execution; it is logged after the outcome is on Kafka. */
  ended(executionId: string): Promise<LogLine>;
}

export function createLogLines(): LogLines {
  const all: string[] = [];
  const lines = createArrivals<LogLine>((line) => JSON.stringify(line));
  const matching: LogLines['matching'] = async (count, where) => {
    const enough = (): true | undefined => lines.all.filter(where).length >= count || undefined;
    await lines.until(enough, { wanted: `${count} log lines that match`, deadlineMs: DEFAULT_DEADLINE_MS });
    // Filtered again, so that surplus lines that arrived at the same time are returned too.
    return lines.all.filter(where);
  };
  return {
    all,
    write: (text) => {
      all.push(text);
      const line = JSON.parse(text) as LogLine;
      lines.add(line);
      // Without this, the output of the tests would lack the cause of an internal error, which no response contains.
      if (line['msg'] === 'request failed') process.stderr.write(text);
    },
    matching,
    ended: async (executionId) => {
      const isEnd = (line: LogLine): boolean =>
        line['executionId'] === executionId && line['msg'] === 'settled' && line['verdict'] === 'completed';
      const [line = {}] = await matching(1, isEnd);
      return line;
    },
  };
}
