import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import type { Logger } from '@hookline/shared/runtime/logger';
import { parseKeyring } from '@hookline/credentials/keyring';
import type { Config } from '../config.ts';
import { untilPublished } from '../outbox/until-published.ts';
import { createAccountKeyStore } from '../persistence/account-key-store.ts';
import { createDataSource } from '../persistence/data-source.ts';
import { rotateKeys } from './rotate-keys.ts';

const BATCH_ROWS = 100;
/** A relay publishes thousands of records per second, so after this wait, none is running or Kafka is unavailable. */
const PUBLISH_DEADLINE_MS = 60_000;

/**
 * Runs the command `rotate-keys`, which re-wraps all data keys, renews them if requested, and waits up to
 * `publishDeadlineMs` for a running config-api to publish them. Until they are published, the old master keys must not
 * be removed from the dispatchers.
 * @returns the exit code: 0 if all data keys are re-wrapped and published, else 1
 */
export async function runRotateKeys(
  { logger }: { logger: Logger },
  config: Config,
  {
    renewDataKeys,
    publishDeadlineMs = PUBLISH_DEADLINE_MS,
  }: { renewDataKeys: boolean; publishDeadlineMs?: number },
): Promise<number> {
  const keyring = parseKeyring(config.credentials.masterKeys);
  const source = createDataSource({ logger }, { databaseUrl: databaseUrl(config.database) });
  await source.initialize();
  try {
    const store = createAccountKeyStore({ source });
    const rotation = await rotateKeys(
      { store, keyring, logger, now: Date.now },
      { batchRows: BATCH_ROWS, renewDataKeys },
    );
    const unpublished = await untilPublished(store, Date.now() + publishDeadlineMs);
    // Greater than `failed` if a config-api with another primary key has created accounts in the meantime.
    const remaining = await store.notWrappedBy(keyring.primaryId);
    const report = { masterKey: keyring.primaryId, ...rotation, remaining, unpublished };
    if (remaining === 0 && unpublished === 0) {
      logger.info(report, 'all data keys are wrapped by the primary master key and published');
      return 0;
    }
    logger.error(
      report,
      'key rotation is not finished; keep the old master keys and see docs/operations/key-rotation.md',
    );
    return 1;
  } finally {
    await source.destroy();
  }
}
