import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';

/** A line of a log, read as JSON. */
export type LogLine = Readonly<Record<string, unknown>>;

/** What services in this process log. A service may write a line after the event that the line tells of. */
export interface LogLines {
  /** Lines so far, as JSON texts. */
  readonly all: readonly string[];
  /** Takes a line from a logger. */
  write(line: string): void;
  /**
   * Waits until so many lines match, and returns all that do by then.
   * @throws Error after 20 s that shows what was logged instead
   */
  matching(count: number, where: (line: LogLine) => boolean): Promise<LogLine[]>;
  /** The dispatcher's line about what ended an execution; it comes after the outcome is on Kafka. */
  ended(executionId: string): Promise<LogLine>;
}

export function createLogLines(): LogLines {
  const all: string[] = [];
  const lines = createArrivals<LogLine>((line) => JSON.stringify(line));
  const matching: LogLines['matching'] = async (count, where) => {
    const enough = (): true | undefined => lines.all.filter(where).length >= count || undefined;
    await lines.until(enough, { wanted: `${count} log lines that match`, deadlineMs: DEFAULT_DEADLINE_MS });
    // Read once more: others of the same moment count too, so that one too many is seen.
    return lines.all.filter(where);
  };
  return {
    all,
    write: (text) => {
      all.push(text);
      lines.add(JSON.parse(text) as LogLine);
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
