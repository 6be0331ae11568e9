/** Id of the one node of the local cluster; a formatted log folder carries it too. */
export const NODE_ID = 1;

/** Half the time to start and less memory; a benchmark wants the compiler that takes longer and runs faster. */
export const QUICK_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Where a broker listens and keeps its data. */
interface KafkaPlace {
  /** `host:port` that clients connect to. */
  advertised: string;
  /** `host:port` to listen on; an empty host stands for all addresses. */
  listen: string;
  /** `host:port` of the controller, which only the node itself talks to. */
  controller: string;
  /** `host:port` for the broker's requests to itself (it makes some, for transactions); default as clients do. */
  interBroker?: string;
  logDir: string;
}

/** The broker's settings: one node that is broker and controller, throwaway data, nothing created on its own. */
function kafkaSettings(place: KafkaPlace): Record<string, unknown> {
  const inner = place.interBroker ? `INTERNAL://${place.interBroker},` : '';
  return {
    'process.roles': 'broker,controller',
    'node.id': NODE_ID,
    'controller.quorum.voters': `${NODE_ID}@${place.controller}`,
    listeners: `${inner}PLAINTEXT://${place.listen},CONTROLLER://${place.controller}`,
    'advertised.listeners': `${inner}PLAINTEXT://${place.advertised}`,
    'inter.broker.listener.name': place.interBroker ? 'INTERNAL' : 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': place.logDir,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    // The first transaction makes them, and kafkajs does not wait long for it.
    'transaction.state.log.num.partitions': 1,
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
}

/** As the text of a `server.properties`. */
export function kafkaProperties(place: KafkaPlace): string {
  return Object.entries(kafkaSettings(place))
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}

/** As environment variables of the image apache/kafka. */
export function kafkaEnvironment(place: KafkaPlace): Record<string, string> {
  return Object.fromEntries(
    Object.entries(kafkaSettings(place)).map(([name, value]) => [
      `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`,
      String(value),
    ]),
  );
}
