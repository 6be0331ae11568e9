import { SealError } from '@hookline/credentials/seal-error';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Logger } from '@hookline/shared/runtime/logger';
import { definitionDestination } from '../actions/definition-destination.ts';
import type { CredentialSealer } from '../actions/seal-credential.ts';
import type { SealedDefinitionStore } from '../persistence/sealed-definition-store.ts';

interface ResealDeps {
  store: Pick<SealedDefinitionStore, 'resealBatch'>;
  /** Seals in the format `destination`. */
  sealer: Pick<CredentialSealer, 'keep'>;
  logger: Pick<Logger, 'error'>;
}

export interface Resealing {
  /** Number of credentials that this run bound to their destination. */
  resealed: number;
  /** Number of credentials that could not be opened and were not changed. */
  failed: number;
}

/**
 * Binds every stored credential to the current destination of its definition (ADR 28). Calls continue in the meantime,
 * because dispatchers open both formats. Each batch is a transaction; after an interruption, the next run continues
 * with the remaining credentials.
 */
export async function resealCredentials(
  { store, sealer, logger }: ResealDeps,
  { batchRows }: { batchRows: number },
): Promise<Resealing> {
  const resealing: Resealing = { resealed: 0, failed: 0 };
  const reseal = async (definition: WebhookDefinition): Promise<Buffer | null> => {
    const sealed = await resealed({ sealer, logger }, definition);
    resealing[sealed ? 'resealed' : 'failed']++;
    return sealed;
  };
  let after: string | null = null;
  do {
    after = await store.resealBatch({ after, limit: batchRows }, reseal);
  } while (after !== null);
  return resealing;
}

async function resealed(
  { sealer, logger }: Pick<ResealDeps, 'sealer' | 'logger'>,
  definition: WebhookDefinition,
): Promise<Buffer | null> {
  const { accountId, actionId, auth } = definition;
  const destination = definitionDestination(definition);
  try {
    return (
      auth.sealed &&
      (await sealer.keep({ accountId, actionId }, auth.sealed, { from: destination, to: destination }))
    );
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const line = { accountId, actionId, cause: error.code, problem: error.message };
    logger.error(
      line,
      'a credential could not be sealed again and was not changed; continuing with the next credential',
    );
    return null;
  }
}
