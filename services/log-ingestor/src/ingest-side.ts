import { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import { ConfluentSchemas } from '@hookline/shared/kafka/consume/confluent-schemas';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { createSchemaRegistry, type SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Config } from './config.ts';
import { KeepDeadLetters } from './dead-letters/keep-dead-letters.ts';
import type { DeadLetterWriter } from './dead-letters/pg-dead-letter-writer.ts';
import type { HistoryWriter } from './ingest/history-writer.ts';
import type { IngestMetrics } from './ingest/ingest-metrics.ts';
import { createIngest, type IngestDeps } from './ingest/ingest.ts';
import { createLookUpContact } from './ingest/look-up-contact.ts';

interface IngestSideDeps {
  client: KafkaClient;
  writer: HistoryWriter;
  deadLetterWriter: DeadLetterWriter;
  deadLetters: IngestDeps['deadLetters'];
  metrics: IngestMetrics;
  logger: Logger;
}

/** Components that turn records into rows, for the service and for `rebuild`. */
interface IngestSide {
  registry: SchemaRegistry;
  confluent: ConfluentSchemas | undefined;
  ingest: (records: ConsumedRecord[]) => Promise<void>;
  keep: KeepDeadLetters;
}

export function createIngestSide(
  { client, writer, deadLetterWriter, deadLetters, metrics, logger }: IngestSideDeps,
  config: Pick<Config, 'engines' | 'history' | 'lookUp'>,
): IngestSide {
  const { schemaRegistryUrl: url } = config.engines;
  const confluent = url === '' ? undefined : new ConfluentSchemas({ logger, now: Date.now }, { url });
  const registry = createSchemaRegistry({ client, confluent });
  const lookUpContact = createLookUpContact(new ContactHashes(Buffer.from(config.lookUp.key, 'base64')));
  const deps = { decoder: registry, metrics, logger, now: Date.now };
  const options = { historyDays: config.history.days };
  return {
    registry,
    confluent,
    ingest: createIngest({ ...deps, writer, deadLetters, lookUpContact }, options),
    keep: new KeepDeadLetters({ ...deps, writer: deadLetterWriter }, options),
  };
}
