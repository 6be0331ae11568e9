import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '@hookline/testkit/stack/free-port';

/** A loopback port that forwards to a store once it is opened; until then it refuses connections. */
export interface StoreDoor extends AsyncDisposable {
  /** `host:port` */
  address: string;
  open(): Promise<void>;
}

/** @param target `host:port` of the store */
export async function storeDoor(target: string): Promise<StoreDoor> {
  const [host = '', targetPort = ''] = target.split(':');
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(Number(targetPort), host);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.on('error', () => other.destroy());
      socket.pipe(other);
    }
  });
  return {
    address: `127.0.0.1:${port}`,
    open: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
