import { randomBytes } from 'node:crypto';
import { RUN_ID_VARIABLE, STACK_SOCKET_VARIABLE } from './shared-stack.ts';
import { type StackBroker, startStackBroker } from './stack/stack-broker.ts';

declare global {
  /** Passes the stack broker from the global setup to the global teardown, which share nothing but the process. */
  var hooklineStackBroker: StackBroker | undefined;
}

/**
 * Jest's global setup: offers the tests of this run a stack that starts when the first test requests it. If the
 * environment contains the addresses of all stores, it starts nothing.
 */
export default async function setUp(): Promise<void> {
  process.env[RUN_ID_VARIABLE] = randomBytes(4).toString('hex');
  const { KAFKA_BROKERS, DATABASE_URL, REDIS_URL } = process.env;
  if (KAFKA_BROKERS && DATABASE_URL && REDIS_URL) return;
  const broker = await startStackBroker();
  globalThis.hooklineStackBroker = broker;
  process.env[STACK_SOCKET_VARIABLE] = broker.socketPath;
}
