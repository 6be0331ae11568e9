import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { BrokerAnswer } from './stack/stack-broker.ts';
import { type StackAddresses, startStack } from './stack/start-stack.ts';

/** Variable, set by the run's global setup, with the path of the socket that provides the stack. */
export const STACK_SOCKET_VARIABLE = 'HOOKLINE_TEST_STACK_SOCKET';
/**
 * Variable, set by the run's global setup, that distinguishes names of this run from those of others on the same
 * stores.
 */
export const RUN_ID_VARIABLE = 'HOOKLINE_TEST_RUN_ID';

let addresses: Promise<StackAddresses> | undefined;

/**
 * Returns the addresses of the stores that this test run shares, and starts them on first use (2 s, plus a download
 * once per machine). Fixtures call it; a test does so only if it needs an address itself.
 */
export async function sharedStack(): Promise<StackAddresses> {
  addresses ??= requestAddresses();
  return addresses;
}

async function requestAddresses(): Promise<StackAddresses> {
  const socketPath = process.env[STACK_SOCKET_VARIABLE];
  // Without a broker the stack must already be running, because nothing would stop one started here.
  if (socketPath === undefined) return givenStack();
  const answer = JSON.parse(await text(connect(socketPath))) as BrokerAnswer;
  if ('error' in answer) throw new Error(`the stack for the tests could not be started: ${answer.error}`);
  return answer;
}

async function givenStack(): Promise<StackAddresses> {
  const { KAFKA_BROKERS, DATABASE_URL, REDIS_URL } = process.env;
  if (!KAFKA_BROKERS || !DATABASE_URL || !REDIS_URL) {
    throw new Error(
      'there is no stack to test against: run the tests through jest with the global setup of @hookline/testkit, ' +
        'or set KAFKA_BROKERS, DATABASE_URL and REDIS_URL',
    );
  }
  return startStack();
}
