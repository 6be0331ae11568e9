import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTcpGate, type TcpGate } from './tcp-gate.ts';

/** Echoes what it receives, in capitals. */
let server: Server;
let gate: TcpGate;

beforeEach(async () => {
  server = createServer((socket) => socket.on('data', (data) => socket.write(data.toString().toUpperCase())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  gate = await startTcpGate({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  await gate[Symbol.asyncDispose]();
  server.close();
});

async function exchange(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

const connectToGate = (): Socket => connect({ host: '127.0.0.1', port: gate.port });

describe('a TCP gate', () => {
  it('passes everything through while it is open', async () => {
    const socket = connectToGate();
    expect(await exchange(socket, 'hello')).toBe('HELLO');
    socket.destroy();
  });

  it('cuts connections and refuses new ones while it is shut, and works again once it is open', async () => {
    const socket = connectToGate();
    await exchange(socket, 'hello');
    // The close is awaited without `once` of node:events, which would reject after a reset.
    socket.on('error', () => socket.destroy());
    const cut = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await gate.shut();
    await cut;

    const refused = connectToGate();
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await gate.open();
    const again = connectToGate();
    expect(await exchange(again, 'here')).toBe('HERE');
    again.destroy();
  });
});
