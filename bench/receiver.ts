import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The endpoint of the benchmark, a process of its own: answers every request at once with a small JSON body. Tells its
 * port to the parent, and ends with it.
 */
const ANSWER = Buffer.from(JSON.stringify({ received: true }));
const HEADERS = { 'content-type': 'application/json', 'content-length': String(ANSWER.length) };

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, HEADERS).end(ANSWER));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
