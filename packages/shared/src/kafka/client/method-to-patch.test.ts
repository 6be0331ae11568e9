import { expect, test } from '@jest/globals';
import Broker from 'kafkajs/src/broker/index.js';
import Cluster from 'kafkajs/src/cluster/index.js';
import Connection from 'kafkajs/src/network/connection.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { readCompressedBatches } from './compressed-batch-fix.ts';
import { outliveLostCoordinators } from './coordinator-fix.ts';
import { dropEmptyRests } from './empty-rest-fix.ts';
import { encodeWithoutCopies } from './encoder-copies-fix.ts';
import { stopIdleSpin } from './idle-spin-fix.ts';
import { fetchLargeBatches } from './large-batch-fix.ts';

test.each([
  [Connection.prototype, 'send', readCompressedBatches],
  [Connection.prototype, 'processData', dropEmptyRests],
  [Cluster.prototype, 'findGroupCoordinatorMetadata', outliveLostCoordinators],
  [RequestQueue.prototype, 'scheduleCheckPendingRequests', stopIdleSpin],
  [Broker.prototype, 'fetch', fetchLargeBatches],
  [Encoder.prototype, 'writeBufferInternal', encodeWithoutCopies],
])(
  'a patch fails if kafkajs does not have the method that it replaces: %#',
  (prototype: object, name, patch) => {
    const method = Object.getOwnPropertyDescriptor(prototype, name);
    if (!method) throw new Error(`kafkajs does not have ${name}, so this test cannot remove it`);
    Reflect.deleteProperty(prototype, name);
    try {
      expect(patch).toThrow(`kafkajs has no method ${name}`);
    } finally {
      Object.defineProperty(prototype, name, method);
    }
    expect(patch).not.toThrow();
  },
);
