/** Tests which connection failures make a starting service wait, because they may end by themselves. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { freePort } from '@hookline/testkit/stack/free-port';
import { sharedStack } from '@hookline/testkit/shared-stack';
import { describe, expect, it } from '@jest/globals';
import { whyKafkaUnreachable } from './kafka-access-error.ts';
import type { KafkaSecurity } from './kafka-client.ts';
import { ensureTopics } from '../topics/topic-admin.ts';

/** Tries to connect and returns the error. */
async function failureAt(broker: string, security: KafkaSecurity = {}): Promise<unknown> {
  const names = { brokers: [broker], prefix: 'nobody.', partitions: 1, security };
  return ensureTopics({ ...names, replication: 1, historyRetentionMs: 1_000 }).then(
    () => 'connecting succeeded',
    (error: unknown) => error,
  );
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a starting service', () => {
  it('waits indefinitely for a broker that refuses connections', async () => {
    expect(whyKafkaUnreachable(await failureAt(`127.0.0.1:${await freePort()}`))).toEqual({
      reason: expect.stringContaining('ECONNREFUSED'),
      maxWaitMs: Infinity,
    });
  });

  it('waits indefinitely for a broker whose name does not resolve yet', async () => {
    expect(whyKafkaUnreachable(await failureAt('kafka.invalid:9092'))).toEqual({
      reason: expect.stringContaining('kafka.invalid'),
      maxWaitMs: Infinity,
    });
  });

  it('waits up to a minute if a load balancer, or a listener that expects TLS, closes the connection', async () => {
    const server = createServer((socket) => socket.destroy());
    const failure = await failureAt(await listening(server));
    server.close();
    expect(whyKafkaUnreachable(failure)).toEqual({
      reason: expect.stringMatching(/^Kafka closes the connection/),
      maxWaitMs: 60_000,
    });
  });

  it('does not wait if TLS is configured but the listener does not use it', async () => {
    const server = createServer((socket) => socket.end('this is not TLS'));
    const failure = await failureAt(await listening(server), { tls: {} });
    server.close();
    expect(failure).toMatchObject({ message: expect.stringContaining('does not speak TLS') });
    expect(whyKafkaUnreachable(failure)).toBeNull();
  });

  it('does not wait for a broker that rejects the credentials', async () => {
    const { kafkaBrokers } = await sharedStack();
    const login = { mechanism: 'plain', username: 'nobody', password: 'nothing' } as const;
    const failure = await failureAt(kafkaBrokers[0] ?? '', { login });
    expect(failure).toMatchObject({ name: 'KafkaAccessError' });
    expect(whyKafkaUnreachable(failure)).toBeNull();
  });
});
