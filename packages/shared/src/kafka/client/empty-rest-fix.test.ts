/** Tests that kafkajs does not copy a response that arrives as a whole. */
import { expect, test } from '@jest/globals';
import Connection from 'kafkajs/src/network/connection.js';
import { dropEmptyRests } from './empty-rest-fix.ts';

dropEmptyRests();

test('a response that arrives as a whole is passed on without a copy', () => {
  const payloads: Buffer[] = [];
  const fulfillRequest = ({ payload }: { payload: Buffer }): number => payloads.push(payload);
  const connection = Object.create(Connection.prototype, {
    chunks: { value: [], writable: true },
    bytesBuffered: { value: 0, writable: true },
    bytesNeeded: { value: 4, writable: true },
    requestQueue: { value: { fulfillRequest } },
  }) as Connection;
  const responses = [100_000, 200_000].map((bytes) => {
    const response = Buffer.alloc(bytes);
    response.writeInt32BE(bytes - 4);
    return response;
  });
  for (const response of responses) connection.processData(response);
  expect(payloads.map(({ buffer }, i) => buffer === responses[i]?.buffer)).toEqual([true, true]);
});
