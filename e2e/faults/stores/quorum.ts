import { freePort } from '@hookline/testkit/stack/free-port';
import { hostBroker, type Broker } from './broker.ts';
import type { QuorumNode } from './quorum-node.ts';

/** Three brokers that are one Kafka; each can be killed and started again on its data. */
export interface Quorum extends AsyncDisposable {
  brokers: readonly Broker[];
}

const NODES = 3;

/**
 * Starts them as native processes, for which Java 17 or later has to be there.
 * @throws Error that names what is missing, or shows the last lines of a broker
 */
export async function startQuorum(report: (line: string) => void): Promise<Quorum> {
  await using made = new AsyncDisposableStack();
  const places = await Promise.all(
    Array.from({ length: NODES }, async () => ({ port: await freePort(), controllerPort: await freePort() })),
  );
  const starting = places.map(async ({ port }, i) => {
    const node: QuorumNode = { id: i + 1, places };
    const options = { program: 'quorum-node-program.ts', args: [JSON.stringify(node)], port };
    return made.use(await hostBroker(options, report));
  });
  // None is up before two are, so they start side by side; and whichever is up ends with the others.
  const ends = await Promise.allSettled(starting);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  const brokers = await Promise.all(starting);
  const parts = made.move();
  return { brokers, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
