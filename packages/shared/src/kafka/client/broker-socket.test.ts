/** Tests that kafkajs receives whole responses, in plain text and over TLS. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { describe, expect, it } from '@jest/globals';
import { createBrokerSocketFactory } from './broker-socket.ts';

const { key, cert } = selfSignedCertificate();

function response(bytes: number, filler: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes);
  return Buffer.concat([length, Buffer.alloc(bytes, filler)]);
}

const RESPONSES = [response(5, 1), response(1_000_000, 2), response(0, 3), response(70_000, 4)];

function answer(socket: Socket): void {
  socket.end(Buffer.concat(RESPONSES));
}

/** Connects and returns the `data` events of the socket. */
async function received(server: Server, ssl?: { ca: string }): Promise<Buffer[]> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const events: Buffer[] = [];
  const connect = createBrokerSocketFactory();
  const connection = { host: '127.0.0.1', port, onConnect: () => undefined };
  // kafkajs passes no options if TLS is off.
  const socket = connect({ ...connection, ssl: ssl as { ca: string } });
  socket.on('data', (bytes: Buffer) => events.push(bytes));
  await once(socket, 'end');
  socket.destroy();
  server.close();
  return events;
}

describe('a connection to a broker', () => {
  it('passes on whole responses', async () => {
    expect(await received(createServer(answer))).toEqual(RESPONSES);
  });

  it('passes on whole responses over TLS', async () => {
    expect(await received(createTlsServer({ key, cert }, answer), { ca: cert })).toEqual(RESPONSES);
  });
});
