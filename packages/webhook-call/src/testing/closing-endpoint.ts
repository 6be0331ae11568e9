import { createServer } from 'node:net';

/**
 * An endpoint in a separate process, run with `fork`. It sends its port to the parent process and responds to every
 * request. It closes its side of a connection `closeAfterMs` after the last response, without announcing this in a
 * header, and continues to read until the other side closes. On any message from the parent process, it reports the
 * number of requests that it received for each `webhook-id`.
 */
const closeAfterMs = Number(process.argv[2]);
const received: Record<string, number> = {};

const server = createServer({ allowHalfOpen: true }, (socket) => {
  let head = '';
  let closing: NodeJS.Timeout | undefined;
  socket.on('error', () => undefined).on('end', () => socket.end());
  socket.on('data', (chunk) => {
    head += chunk.toString('latin1');
    if (!head.includes('\r\n\r\n')) return;
    const id = /webhook-id: (.*)\r\n/.exec(head)?.[1] ?? '';
    head = '';
    received[id] = (received[id] ?? 0) + 1;
    if (socket.writable) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    clearTimeout(closing);
    closing = setTimeout(() => socket.end(), closeAfterMs);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : null);
});
process.on('message', () => process.send?.(received));
