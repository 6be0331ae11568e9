import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { BrokerAnswer } from './stack/stack-broker.ts';
import { type StackAddresses, startStack } from './stack/start-stack.ts';

/** Set by the run's global setup: where to ask for the stack. */
export const STACK_SOCKET_VARIABLE = 'HOOKLINE_TEST_STACK_SOCKET';
/** Set by the run's global setup: tells the names made in this run from those of others on the same stores. */
export const RUN_ID_VARIABLE = 'HOOKLINE_TEST_RUN_ID';

let addresses: Promise<StackAddresses> | undefined;

/**
 * The addresses of the stores that this test run shares; starts them if nobody has yet (2 s, or once per machine as
 * long as a download takes). Fixtures call it; a test does so only if it needs an address itself.
 */
export async function sharedStack(): Promise<StackAddresses> {
  addresses ??= ask();
  return addresses;
}

async function ask(): Promise<StackAddresses> {
  const socketPath = process.env[STACK_SOCKET_VARIABLE];
  // Without a broker the stack must be there already: nobody would stop one started here.
  if (socketPath === undefined) return alreadyThere();
  const answer = JSON.parse(await text(connect(socketPath))) as BrokerAnswer;
  if ('error' in answer) throw new Error(`the stack for the tests could not be started: ${answer.error}`);
  return answer;
}

async function alreadyThere(): Promise<StackAddresses> {
  const { KAFKA_BROKERS, DATABASE_URL, REDIS_URL } = process.env;
  if (!KAFKA_BROKERS || !DATABASE_URL || !REDIS_URL) {
    throw new Error(
      'no stack to test against: run the tests through jest with the global setup of @hookline/testkit, ' +
        'or set KAFKA_BROKERS, DATABASE_URL and REDIS_URL',
    );
  }
  return startStack();
}
