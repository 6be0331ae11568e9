import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { ResponseAssembler } from './response-assembler.ts';

/** Size of the read buffer of a socket. */
const READ_BYTES = 65_536;
/**
 * Maximum length of a response, far above the largest fetch (10 MiB and one batch). The first bytes of an HTTP
 * response, read as a length, announce more than a GiB.
 */
const MAX_RESPONSE_BYTES = 268_435_456;
const KEEP_ALIVE_MS = 60_000;

/**
 * Creates the factory of kafkajs's connections to brokers. Each connection reuses one read buffer and passes on only
 * whole responses. By default, Node allocates 64 KiB for each read and kafkajs then joins the pieces, so a record of a
 * megabyte leaves more than twice its size behind as garbage outside the heap. V8 collects the whole heap whenever such
 * memory has grown by 64 MiB, which stops the event loop for 10 to 40 ms (ADR 50).
 */
export function createBrokerSocketFactory(): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const assembler = new ResponseAssembler({ maxBytes: MAX_RESPONSE_BYTES });
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (bytes: number): boolean => {
      for (const response of assembler.push(buffer.subarray(0, bytes))) socket.emit('data', response);
      // Makes the socket continue to read.
      return true;
    };
    const options = { host, port, onread: { buffer, callback } };
    // An IP address must not be sent as a server name (RFC 6066, section 3).
    const servername = isIP(host) ? {} : { servername: host };
    // kafkajs passes no options if TLS is off, although its types say that it always does.
    const isTls = Boolean(ssl as unknown);
    const socket: Socket = isTls
      ? connectTls({ ...options, ...servername, ...ssl }, onConnect)
      : connect(options, onConnect);
    return socket.setKeepAlive(true, KEEP_ALIVE_MS);
  };
}
