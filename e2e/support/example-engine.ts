import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import type { IsolatedTopics } from '@hookline/testkit/isolated-topics';
import { startFromSources } from '@hookline/testkit/source-process';
import { request as httpRequest } from 'undici';

const START_DEADLINE_MS = 120_000;

/** The example workflow engine in its own process. */
export interface ExampleEngine {
  /** `http://127.0.0.1:<port>`; its builder page is at `/builder`. */
  url: string;
  /** Sends JSON and returns the JSON of the response. @throws Error unless the status is 2xx */
  send(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Starts a run and returns its id. */
  begin(run: { account_id: string; contact_id: string; workflow: unknown }): Promise<string>;
  /** Returns the run once it has ended. */
  ended(runId: string): Promise<Record<string, unknown>>;
  /** Sends SIGKILL; resolves when the process has exited. */
  kill(): Promise<void>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

type Line = Record<string, unknown>;

/** @param options.env additional settings */
export async function startExampleEngine(options: {
  topics: Pick<IsolatedTopics, 'brokers' | 'prefix' | 'partitions'>;
  databaseUrl: string;
  env?: Readonly<Record<string, string>>;
}): Promise<ExampleEngine> {
  const { topics, databaseUrl, env } = options;
  const program = startFromSources({
    main: 'examples/workflow-engine/src/main.ts',
    env: {
      KAFKA_BROKERS: topics.brokers.join(','),
      HOOKLINE_TOPIC_PREFIX: topics.prefix,
      HOOKLINE_PARTITIONS: String(topics.partitions),
      DATABASE_URL: databaseUrl,
      HOOKLINE_LOCAL: '1',
      ...env,
    },
  });
  const lines = createArrivals<Line>((line) => JSON.stringify(line));
  createInterface({ input: program.stdout }).on('line', (line) => lines.add(JSON.parse(line) as Line));
  const errorOutput = text(program.stderr);

  const { port } = await Promise.race([
    // The deadline is long: an engine restarted after a kill waits until the killed engine's session has expired.
    logged(lines, 'listening', () => true, START_DEADLINE_MS),
    program.ended.then(async () => {
      throw new Error(`the example engine did not start:\n${await errorOutput}${JSON.stringify(lines.all)}`);
    }),
  ]);
  const send: ExampleEngine['send'] = async (method, path, body) => {
    const answer = await httpRequest(`http://127.0.0.1:${String(port)}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const json = (await answer.body.json()) as Record<string, unknown>;
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
    return json;
  };
  return {
    url: `http://127.0.0.1:${String(port)}`,
    send,
    begin: async (run) => String((await send('POST', '/runs', run))['id']),
    ended: async (runId) => {
      await logged(lines, 'run ended', (line) => line['runId'] === runId);
      return send('GET', `/runs/${runId}`);
    },
    kill: async () => void (await program.end('SIGKILL')),
    stop: async () => (await program.end('SIGTERM')).code,
  };
}

/** Returns the first line that has this message and that `matches` accepts, once it is logged. */
function logged(
  lines: Arrivals<Line>,
  message: string,
  matches: (line: Line) => boolean,
  deadlineMs = DEFAULT_DEADLINE_MS,
): Promise<Line> {
  return lines.until((all) => all.find((line) => line['msg'] === message && matches(line)), {
    wanted: `the log line "${message}"`,
    deadlineMs,
  });
}
