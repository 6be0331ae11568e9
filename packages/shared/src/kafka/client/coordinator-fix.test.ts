import { expect, it } from '@jest/globals';
import Cluster from 'kafkajs/src/cluster/index.js';
import { outliveLostCoordinators } from './coordinator-fix.ts';

/** Looks up the coordinator in a cluster whose brokers respond as `withBroker` does. */
const find = (withBroker: () => Promise<object | undefined>): Promise<object> => {
  const cluster = Object.assign(Object.create(Cluster.prototype) as Cluster, { brokerPool: { withBroker } });
  return cluster.findGroupCoordinatorMetadata({ groupId: 'group' });
};

it('the patch marks the error for a missing coordinator as retriable, however often it is installed', async () => {
  outliveLostCoordinators();
  outliveLostCoordinators();
  const lost = { name: 'KafkaJSGroupCoordinatorNotFound', retriable: true };
  await expect(find(() => Promise.resolve(undefined))).rejects.toMatchObject(lost);
});

it('the patch changes neither responses nor other errors', async () => {
  outliveLostCoordinators();
  const coordinator = { coordinator: { nodeId: 1 } };
  expect(await find(() => Promise.resolve(coordinator))).toBe(coordinator);
  const refused = Object.assign(new Error('not authorized'), { retriable: false });
  await expect(find(() => Promise.reject(refused))).rejects.toBe(refused);
  expect(refused.retriable).toBe(false);
});
