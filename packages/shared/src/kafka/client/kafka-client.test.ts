/** Tests that a client reads and writes large records with few copies (ADR 50). */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import Connection from 'kafkajs/src/network/connection.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { createLogger } from '../../runtime/logger.ts';
import { createKafkaClient } from './kafka-client.ts';
import { methodToPatch } from './method-to-patch.ts';

test('kafkajs receives each response as a whole', async () => {
  const arrived: number[] = [];
  const processData = methodToPatch(Connection.prototype, 'processData');
  Connection.prototype.processData = (bytes) => void arrived.push(bytes.length);
  const response = Buffer.alloc(200_000);
  response.writeInt32BE(response.length - 4);
  const server = createServer((socket) => socket.once('data', () => socket.end(response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const names = { clientId: 'test', prefix: 'test.', partitions: 1 };
  const { kafka } = createKafkaClient(
    { logger: createLogger('test', 'silent') },
    { ...names, brokers: [`127.0.0.1:${port}`] },
  );
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await expect(admin.connect()).rejects.toThrow('Closed connection');
  } finally {
    Connection.prototype.processData = processData;
    server.close();
  }
  // kafkajs tries to connect several times, so there may be several responses.
  expect(new Set(arrived)).toEqual(new Set([response.length]));
});

test('large values are not copied when they are encoded', () => {
  const value = Buffer.alloc(100_000);
  const encoder = new Encoder();
  encoder.writeBufferInternal(value);
  expect(encoder.buffer).toBe(value);
});
