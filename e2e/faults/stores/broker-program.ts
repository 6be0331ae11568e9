import { startKafka } from '@hookline/testkit/stack/kafka';
import { ownBroker } from './own-broker.ts';

/** Process that owns the single broker of a fault run; its argument is the port. */
await ownBroker(Number(process.argv[2]), startKafka);
