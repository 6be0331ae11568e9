import { parseKeyring } from '@hookline/credentials/keyring';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createCredentialSealer } from '../actions/seal-credential.ts';
import type { Config } from '../config.ts';
import { untilPublished } from '../outbox/until-published.ts';
import { createAccountStore } from '../persistence/account-store.ts';
import { createDataSource } from '../persistence/data-source.ts';
import { createSealedDefinitionStore } from '../persistence/sealed-definition-store.ts';
import { resealCredentials } from './reseal-credentials.ts';

const BATCH_ROWS = 100;
/** The relay publishes thousands of records per second, so a wait longer than this means that no relay is running. */
const PUBLISH_DEADLINE_MS = 60_000;

/**
 * Runs the command `reseal-credentials`, which binds all stored credentials to their destination and waits until a
 * running config-api has published them. Refuses to run unless HOOKLINE_CREDENTIAL_BINDING is `destination`, which is
 * set only once no dispatcher is too old to read credentials in this format.
 * @returns the exit code: 0 if all credentials are bound to their destination and published, else 1
 */
export async function runReseal(
  { logger }: { logger: Logger },
  config: Config,
  { publishDeadlineMs = PUBLISH_DEADLINE_MS }: { publishDeadlineMs?: number } = {},
): Promise<number> {
  const { binding, masterKeys } = config.credentials;
  if (binding !== 'destination') {
    logger.error(
      { binding },
      'nothing was sealed again: set HOOKLINE_CREDENTIAL_BINDING to destination for all config-apis first',
    );
    return 1;
  }
  const source = createDataSource({ logger }, { databaseUrl: databaseUrl(config.database) });
  await source.initialize();
  try {
    const store = createSealedDefinitionStore({ source });
    const sealer = createCredentialSealer(
      { keyring: parseKeyring(masterKeys), accounts: createAccountStore({ source }) },
      { format: 'destination', destinationOnly: false },
    );
    const resealing = await resealCredentials({ store, sealer, logger }, { batchRows: BATCH_ROWS });
    const unpublished = await untilPublished(store, Date.now() + publishDeadlineMs);
    // Greater than `failed` if a config-api with another setting has stored credentials in the meantime.
    const remaining = await store.boundToAction();
    const report = { ...resealing, remaining, unpublished };
    if (remaining === 0 && unpublished === 0) {
      logger.info(report, 'all credentials are bound to their destination and published');
      return 0;
    }
    logger.error(report, 'sealing again is not finished; see docs/operations/credential-binding.md');
    return 1;
  } finally {
    await source.destroy();
  }
}
