import { connect, type Socket } from 'node:net';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { createLogger } from '@hookline/shared/runtime/logger';
import { Kafka, logLevel } from 'kafkajs';
import { type Arrivals, createArrivals } from './arrivals.ts';
import type { IsolatedTopics } from './isolated-topics.ts';

/** A client of a real Kafka whose connections a test can cut. */
export interface BreakableClient {
  client: KafkaClient;
  /** Closes all connections and prevents new connections. */
  cut: () => void;
  /** Allows new connections again. */
  mend: () => void;
  /** Messages that components and kafkajs have logged at level warn or above. */
  log: Arrivals<string>;
}

/** Creates a client with few, short retries, so that it detects a cut quickly. */
export function breakableClient(topics: IsolatedTopics): BreakableClient {
  const sockets = new Set<Socket>();
  let cut = false;
  const log = createArrivals<string>((line) => line);
  const kafka = new Kafka({
    clientId: 'breakable',
    brokers: topics.brokers,
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ log: { message } }) =>
        log.add(message),
    retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 1 },
    socketFactory: ({ host, port, onConnect }) => {
      // Port 0 never accepts connections.
      const socket = connect({ host, port: cut ? 0 : port }, onConnect);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
  });
  const logger = createLogger('breakable', 'warn', {
    write: (line) => log.add((JSON.parse(line) as { msg: string }).msg),
  });
  return {
    client: { ...topics.client, kafka, logger },
    log,
    cut() {
      cut = true;
      for (const socket of sockets) socket.destroy(new Error('the test cut the connection'));
    },
    mend() {
      cut = false;
    },
  };
}
