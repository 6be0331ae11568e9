import kafkajs from 'kafkajs';
import { tlsProblem } from '../../runtime/tls-problem.ts';
import type { Unreachable } from '../../runtime/waiting-step.ts';

// Not imported by name, because Node does not detect these exports of kafkajs, a CommonJS module.
const {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSError,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} = kafkajs;

/**
 * Thrown if Kafka refuses this process, or one of its operations, because of the configuration; the message names the
 * setting or the permission to change.
 */
export class KafkaAccessError extends Error {
  override readonly name = 'KafkaAccessError';
}

/**
 * Wraps a connection error in a KafkaAccessError if a connection setting is wrong; returns any other error unchanged.
 */
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
    return 'this Kafka listener does not accept SASL authentication: unset KAFKA_SASL_MECHANISM, or set another listener in KAFKA_BROKERS';
  }
  if (!(error instanceof KafkaJSConnectionError)) return null;
  const certificates = { name: 'Kafka', caVariable: 'KAFKA_CA_FILE' };
  return tlsProblem(error, certificates) ?? (isHangUp(error) ? HANG_UP : null);
}

/** Listeners close the connection, without giving a reason, if a client uses another protocol. */
const HANG_UP =
  'Kafka closes the connection, probably because KAFKA_TLS or KAFKA_SASL_MECHANISM does not match its listener';

function isHangUp({ code, name }: { code?: string; name: string }): boolean {
  return code === 'ECONNRESET' || name === 'KafkaJSConnectionClosedError';
}

/** Names of the kafkajs errors that indicate that no broker can be reached. */
const AWAY = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionError',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSRequestTimeoutError',
]);
/** Error codes of the Kafka protocol that brokers return while a cluster starts or elects a leader. */
const NOT_YET = new Set([
  'BROKER_NOT_AVAILABLE',
  'LEADER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'NOT_CONTROLLER',
  'NOT_LEADER_FOR_PARTITION',
  'REQUEST_TIMED_OUT',
]);
/**
 * Time for which closed connections are tolerated: while no broker is available, a load balancer closes them just as a
 * listener with another protocol does.
 */
const HANG_UP_WAIT_MS = 60_000;

/** Returns why Kafka cannot be reached now; null for an error that waiting cannot resolve, such as a wrong password. */
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
