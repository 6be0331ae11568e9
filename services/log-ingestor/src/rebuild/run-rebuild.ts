import { migrate } from '@hookline/database/migrate';
import { createPool } from '@hookline/database/pool';
import { kafkaDeployment } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import type { Config } from '../config.ts';
import { createPgWriters } from '../pg-writers.ts';
import { createIngestMetrics } from '../ingest/ingest-metrics.ts';
import { createIngestSide } from '../ingest-side.ts';
import { rebuild } from './rebuild.ts';

/**
 * Runs the command `rebuild`, which rebuilds history from the topics (docs/operations/rebuild-history.md), except that
 * of deleted accounts. Records that cannot be read or stored are counted, not set aside, because their dead letters are
 * in a topic already.
 * @param options.from epoch ms
 * @returns the exit code: 0 once the ends of the topics are reached, 1 if Postgres or Kafka failed; the command may
 *   then be run again
 */
export async function runRebuild(
  { logger }: { logger: Logger },
  config: Config,
  options: { from: number },
): Promise<number> {
  const client = createKafkaClient({ logger }, { ...kafkaDeployment(config), clientId: 'hookline-rebuild' });
  const address = { databaseUrl: databaseUrl(config.database) };
  const pool = createPool(
    { logger },
    { ...address, maxConnections: config.database.maxConnections, applicationName: 'hookline-rebuild' },
  );
  const stored = createPgWriters({ pool, logger }, { notesGone: false, reports: false });
  let unreadable = 0;
  const side = createIngestSide(
    {
      client,
      writer: stored.history,
      deadLetterWriter: stored.deadLetters,
      deadLetters: { setAside: () => Promise.resolve(void (unreadable += 1)) },
      metrics: createIngestMetrics(createMetrics('log-ingestor')),
      logger,
    },
    config,
  );
  const { registry, confluent, ingest, keep } = side;
  try {
    await migrate(address.databaseUrl);
    await stored.deletedAccounts.start();
    await registry.start();
    const keepDeadLetters = keep.keep.bind(keep);
    const records = await rebuild({ client, ingest, keepDeadLetters, logger }, options);
    const from = new Date(options.from).toISOString();
    logger.info(
      { from, records, unreadable },
      'history is rebuilt up to the ends that the topics had at the start',
    );
    return 0;
  } catch (error) {
    logger.error(
      { err: error },
      'rebuilding history failed; rows already written are kept; run the command again',
    );
    return 1;
  } finally {
    confluent?.stop();
    await registry.stop();
    await stored.deletedAccounts.stop();
    await pool.end();
  }
}
