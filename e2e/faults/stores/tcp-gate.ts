import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy to a store. Shutting it makes the store unreachable. */
export interface TcpGate extends AsyncDisposable {
  /** Port on 127.0.0.1. */
  port: number;
  /** Cuts every connection and refuses new connections. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** Starts an open gate. */
export async function startTcpGate(target: { host: string; port: number }): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    // The client and the store handle errors themselves; after an error, the gate only closes both connections.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const server = createServer((inner) => {
    const outer = connect(target);
    inner.setNoDelay();
    outer.setNoDelay();
    keep(inner, () => outer);
    keep(outer, () => inner);
    inner.pipe(outer);
    outer.pipe(inner);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return { port, shut, open: () => listen(port), [Symbol.asyncDispose]: shut };
}

/** Starts an open gate to the host in a URL. @returns the gate, and the URL with the gate's address */
export async function startGateTo(url: string): Promise<{ gate: TcpGate; url: string }> {
  const target = new URL(url);
  const gate = await startTcpGate({ host: target.hostname, port: Number(target.port) });
  target.hostname = '127.0.0.1';
  target.port = String(gate.port);
  return { gate, url: target.href };
}
