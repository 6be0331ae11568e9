import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Empties a Redis: FLUSHALL as an inline command (RESP).
 * @throws Error with the response of Redis if it is not OK
 */
export async function flushRedis(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    socket.write('FLUSHALL\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (!answer.toString().startsWith('+OK'))
      throw new Error(`Redis responded to FLUSHALL with ${answer.toString()}`);
  } finally {
    socket.destroy();
  }
}
