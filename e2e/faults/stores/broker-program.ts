import { startKafka } from '@hookline/testkit/stack/kafka';
import { ownBroker } from './own-broker.ts';

/** A process that owns the one broker of a fault run; its argument is the port. */
await ownBroker(Number(process.argv[2]), startKafka);
