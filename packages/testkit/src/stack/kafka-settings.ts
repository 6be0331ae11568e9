/** Id of the one node of the local cluster; a formatted log folder carries it too. */
export const NODE_ID = 1;

/** The broker's configuration: one node that is broker and controller, throwaway data, nothing created on its own. */
export function kafkaProperties(options: { port: number; controllerPort: number; logDir: string }): string {
  const address = `127.0.0.1:${options.port}`;
  const controller = `127.0.0.1:${options.controllerPort}`;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': NODE_ID,
    'controller.quorum.voters': `${NODE_ID}@${controller}`,
    listeners: `PLAINTEXT://${address},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${address}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': options.logDir,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // A group works as soon as its first member is there; production waits 3 s for more to come.
    'group.initial.rebalance.delay.ms': 0,
    // The index of each segment is mapped at this size; hundreds of small topics need no 10 MiB each.
    'log.index.size.max.bytes': 1_048_576,
    // Above the limit of every topic (at most 2.5 MiB), so that it is the topic's own limit that refuses a record.
    'message.max.bytes': 4_194_304,
    'socket.request.max.bytes': 104_857_600,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
