import { once } from 'node:events';
import { connect } from 'node:net';

interface ClosingConnection {
  /** Resolves when the other side has closed the connection, or has reset it because its process was killed. */
  closed: Promise<void>;
}

/**
 * Connects to a server, sends nothing and detects when the server closes the connection.
 * @throws the error of the connection, e.g. ECONNREFUSED
 */
export async function openClosing(host: string, port: number): Promise<ClosingConnection> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  socket.on('error', () => socket.destroy());
  // The close is awaited without `once` of node:events, which would reject after a reset.
  return { closed: new Promise((resolve) => socket.resume().once('close', () => resolve())) };
}
