import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { BrokerAnswer } from './stack/stack-broker.ts';
import { type StackAddresses, startStack } from './stack/start-stack.ts';

/**
 * Variable with the path of the socket that provides the addresses of the stack; set by the global setup of the run.
 */
export const STACK_SOCKET_VARIABLE = 'HOOKLINE_TEST_STACK_SOCKET';
/**
 * Variable with an id that distinguishes the names of this run from those of other runs on the same stores; set by the
 * global setup of the run.
 */
export const RUN_ID_VARIABLE = 'HOOKLINE_TEST_RUN_ID';

let addresses: Promise<StackAddresses> | undefined;

/**
 * Returns the addresses of the stores that the tests of this run share. The stores are started on first use (2 s, plus
 * a download once per user). Fixtures call this; a test calls it only if it needs an address itself.
 */
export async function sharedStack(): Promise<StackAddresses> {
  addresses ??= requestAddresses();
  return addresses;
}

async function requestAddresses(): Promise<StackAddresses> {
  const socketPath = process.env[STACK_SOCKET_VARIABLE];
  // Without a stack broker, the stores must already be running, because nothing would stop a stack that was started
  // here.
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
