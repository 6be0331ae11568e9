import kafkajs from 'kafkajs';
import { tlsProblem } from '../runtime/tls-problem.ts';

// Node finds no names in this part of a CommonJS module.
const { KafkaJSConnectionError, KafkaJSProtocolError, KafkaJSSASLAuthenticationError } = kafkajs;

/** Kafka does not let this process in, or do something, as it is configured; the message says what to change. */
export class KafkaAccessError extends Error {
  override readonly name = 'KafkaAccessError';
}

/** An error of a connection as a KafkaAccessError if the way in is at fault, else as it is. */
export function explainConnection(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const problem = accessProblem(cause);
  return problem === null ? error : new KafkaAccessError(problem, { cause: error });
}

function accessProblem(error: unknown): string | null {
  if (error instanceof KafkaJSSASLAuthenticationError) {
    return `Kafka refuses the login (${error.message}): check KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD`;
  }
  if (error instanceof KafkaJSProtocolError && error.type === 'ILLEGAL_SASL_STATE') {
    return 'this listener of Kafka takes no login: unset KAFKA_SASL_MECHANISM, or name another one in KAFKA_BROKERS';
  }
  if (!(error instanceof KafkaJSConnectionError)) return null;
  const certificates = { name: 'Kafka', caVariable: 'KAFKA_CA_FILE' };
  return tlsProblem(error, certificates) ?? (isHangUp(error) ? HANG_UP : null);
}

/** A listener says nothing to clients that do not speak as it does. */
const HANG_UP =
  'Kafka closes the connection, as it does where KAFKA_TLS or KAFKA_SASL_MECHANISM is not what its listener expects';

function isHangUp({ code, name }: { code?: string; name: string }): boolean {
  return code === 'ECONNRESET' || name === 'KafkaJSConnectionClosedError';
}
