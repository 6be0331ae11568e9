import kafkajs from 'kafkajs';
import { tlsProblem } from '../../runtime/tls-problem.ts';
import type { Unreachable } from '../../runtime/waiting-step.ts';

// Node finds no names in this part of a CommonJS module.
const {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} = kafkajs;

/** Kafka does not let this process in, or do something, as it is configured; the message says what to change. */
export class KafkaAccessError extends Error {
  override readonly name = 'KafkaAccessError';
}

/** An error of a connection as a KafkaAccessError if the way in is at fault, else as it is. */
export function explainKafkaConnection(error: unknown): unknown {
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

/** Names of kafkajs for "there is nobody to ask". */
const AWAY = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionError',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSRequestTimeoutError',
]);
/** What brokers answer while a cluster starts or elects (error codes of the Kafka protocol). */
const NOT_YET = new Set([
  'BROKER_NOT_AVAILABLE',
  'LEADER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'NOT_CONTROLLER',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
]);
/** A balancer hangs up like a wrong listener while no broker stands behind it. */
const HANG_UP_WAIT_MS = 60_000;

/** Why Kafka cannot be reached right now; null if it can, but refuses something that only a person can change. */
export function whyKafkaUnreachable(error: unknown): Unreachable | null {
  if (error instanceof KafkaAccessError) {
    return error.message === HANG_UP ? { reason: HANG_UP, maxWaitMs: HANG_UP_WAIT_MS } : null;
  }
  if (error instanceof KafkaJSAggregateError) {
    const reasons = error.errors.map(whyKafkaUnreachable);
    return reasons.includes(null) ? null : (reasons[0] ?? null);
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof KafkaJSError)) return null;
  const isAway = cause instanceof KafkaJSProtocolError ? NOT_YET.has(cause.type) : AWAY.has(cause.name);
  return isAway ? { reason: cause.message, maxWaitMs: Infinity } : null;
}
