import { freePort } from '@hookline/testkit/stack/free-port';
import { hostBroker, type Broker } from './broker.ts';
import type { QuorumNode } from './quorum-node.ts';

/** A Kafka cluster of three brokers, each of which can be killed and restarted on its data. */
export interface Quorum extends AsyncDisposable {
  brokers: readonly Broker[];
}

const NODES = 3;

/**
 * Starts the brokers as native processes, which need Java 17 or later.
 * @throws Error that names what is missing, or contains the last lines of a broker's output
 */
export async function startQuorum(report: (line: string) => void): Promise<Quorum> {
  await using resources = new AsyncDisposableStack();
  const places = await Promise.all(
    Array.from({ length: NODES }, async () => ({ port: await freePort(), controllerPort: await freePort() })),
  );
  const starting = places.map(async ({ port }, i) => {
    const node: QuorumNode = { id: i + 1, places };
    const options = { program: 'quorum-node-program.ts', args: [JSON.stringify(node)], port };
    return resources.use(await hostBroker(options, report));
  });
  // No broker becomes ready before two of them run, so they start in parallel. If one fails, all are stopped.
  const ends = await Promise.allSettled(starting);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  const brokers = await Promise.all(starting);
  const parts = resources.move();
  return { brokers, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
