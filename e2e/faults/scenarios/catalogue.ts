import { faultPoints } from './fault-points.ts';
import { freeze } from './freeze.ts';
import { kafkaRestart } from './kafka-restart.ts';
import { kills } from './kills.ts';
import { redisEmptied } from './redis-emptied.ts';
import { scaling } from './scaling.ts';
import type { Scenario } from './scenario.ts';
import { postgresAway, redisAway } from './store-away.ts';

/** All that `npm run faults` plays, in this order. */
export const SCENARIOS: readonly Scenario[] = [
  kills,
  faultPoints,
  freeze,
  scaling,
  kafkaRestart,
  postgresAway,
  redisAway,
  redisEmptied,
];
