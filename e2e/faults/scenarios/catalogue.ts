import { faultPoints } from './fault-points.ts';
import { endpointDown } from './endpoint-down.ts';
import { freeze } from './freeze.ts';
import { headOfLine } from './head-of-line.ts';
import { hostileEndpoints } from './hostile-endpoints.ts';
import { hostileTenants } from './hostile-tenants.ts';
import { kafkaRestart } from './kafka-restart.ts';
import { kills } from './kills.ts';
import { redisEmptied } from './redis-emptied.ts';
import { retries } from './retries.ts';
import { scaling } from './scaling.ts';
import type { Scenario } from './scenario.ts';
import { postgresAway, redisAway } from './store-away.ts';
import { threeBrokers } from './three-brokers.ts';
import { upgrade } from './upgrade.ts';

/** Scenarios of `npm run faults`, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  kills,
  faultPoints,
  freeze,
  scaling,
  kafkaRestart,
  postgresAway,
  redisAway,
  redisEmptied,
  headOfLine,
  endpointDown,
  retries,
  hostileEndpoints,
  upgrade,
  hostileTenants,
  threeBrokers,
];
