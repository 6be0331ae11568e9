import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { HistoryEvent } from '../checker/history-event.ts';
import type { HistoryFile } from '../history/history-file.ts';
import type { LoadEngine } from '../load/engine.ts';
import type { Targets } from '../load/targets.ts';
import type { Fleet } from '../processes/fleet.ts';
import type { ReceiverProcess } from '../receiver/receiver.ts';
import type { Random } from '../seeded-random.ts';
import type { TcpGate } from '../stores/tcp-gate.ts';
import type { Setting } from './setting.ts';

/** A running Hookline with its own topics and database, and everything that a scenario may break. */
export interface World extends AsyncDisposable {
  setting: Setting;
  /**
   * Random numbers that decide what fails and when; separate from those of the load, so that a seed repeats the
   * schedule.
   */
  faultRandom: Random;
  loadRandom: Random;
  fleet: Fleet;
  engine: LoadEngine;
  targets: Targets;
  receiver: ReceiverProcess;
  client: KafkaClient;
  /** Gates between the services and Postgres and Redis. */
  postgres: TcpGate;
  redis: TcpGate;
  redisUrl: string;
  databaseUrl: string;
  history: HistoryFile;
  note: (event: HistoryEvent) => void;
}
