import { connect, type Socket } from 'node:net';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { createLogger } from '@hookline/shared/runtime/logger';
import { Kafka, logLevel } from 'kafkajs';
import { type Arrivals, createArrivals } from './arrivals.ts';
import type { IsolatedTopics } from './isolated-topics.ts';

/** A client of the real Kafka over real connections that a test can cut. */
export interface BreakableClient {
  client: KafkaClient;
  /** Ends all connections and lets no new one through. */
  cut: () => void;
  /** Lets new connections through again. */
  mend: () => void;
  /** Messages that parts and kafkajs logged at level warn or above. */
  log: Arrivals<string>;
}

/** Its retries are few and short, so that a cut is noticed soon. */
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
      // Port 0 takes no connections anywhere.
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
