import Connection from 'kafkajs/src/network/connection.js';
import { methodToPatch } from './method-to-patch.ts';

/**
 * Patches kafkajs for the whole process, once, so that it does not copy a response that arrives as a whole;
 * `broker-socket.ts` ensures that each one does. kafkajs keeps the bytes after each response, even if there are none,
 * and joins them with the next response, which copies it.
 */
export function dropEmptyRests(): void {
  const connection = Connection.prototype;
  const process = methodToPatch(connection, 'processData');
  if (process.name === processWhole.name) return;
  function processWhole(this: Connection, bytes: Buffer): void {
    if (this.bytesBuffered === 0) this.chunks = [];
    Reflect.apply(process, this, [bytes]);
  }
  connection.processData = processWhole;
}
