import { ownBroker } from './own-broker.ts';
import { startQuorumNode, type QuorumNode } from './quorum-node.ts';

/** Process that owns one of three brokers; its argument is a QuorumNode as JSON. */
const node = JSON.parse(process.argv[2] ?? '') as QuorumNode;
const port = node.places[node.id - 1]?.port ?? 0;
await ownBroker(port, (context) => startQuorumNode(node, context));
