/** Id of the single node of the local cluster; a formatted log folder contains it too. */
export const NODE_ID = 1;

/**
 * JVM arguments that halve the start-up time and save memory. Benchmarks do not use them, because they disable the
 * second compiler, which is slower but produces faster code.
 */
export const QUICK_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Addresses and data folder of a broker. */
interface KafkaPlace {
  /** `host:port` that clients connect to. */
  advertised: string;
  /** `host:port` to listen on; an empty host means all addresses. */
  listen: string;
  /** `host:port` of the controller, to which only the node itself connects. */
  controller: string;
  /** `host:port` for the broker's requests to itself (for transactions); by default `advertised`. */
  interBroker?: string;
  logDir: string;
}

/**
 * Returns the settings of a broker that is also the controller, has throwaway data and does not create topics
 * automatically.
 */
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
    // Only one partition, because the first transaction creates all partitions of this topic, and kafkajs does not wait
    // long for them.
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // Lets a group work as soon as its first member has joined; in production, brokers wait 3 s for further members.
    'group.initial.rebalance.delay.ms': 0,
    // The index of each segment is memory-mapped with this size, and hundreds of small topics do not need 10 MiB each.
    'log.index.size.max.bytes': 1_048_576,
    // Above the limit of every topic (at most 2.5 MiB), so that a record that is too large exceeds the limit of its
    // topic first.
    'message.max.bytes': 4_194_304,
    'socket.request.max.bytes': 104_857_600,
  };
}

/** Returns the settings as the text of a `server.properties`. */
export function kafkaProperties(place: KafkaPlace): string {
  return Object.entries(kafkaSettings(place))
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}

/** Returns the settings as environment variables of the image apache/kafka. */
export function kafkaEnvironment(place: KafkaPlace): Record<string, string> {
  return Object.fromEntries(
    Object.entries(kafkaSettings(place)).map(([name, value]) => [
      `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`,
      String(value),
    ]),
  );
}
