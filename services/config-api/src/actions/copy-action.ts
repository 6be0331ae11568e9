import { randomUUID } from 'node:crypto';
import { SealError } from '@hookline/credentials/seal-error';
import { withoutExpired } from '@hookline/credentials/secret-rotation';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { checkActionQuotas } from '../quotas/quotas.ts';
import { invalidFields } from '../http/problem-error.ts';
import { actionIdOf } from './action-id.ts';
import { actionRecords } from './action-records.ts';
import { actionView } from './action-view.ts';
import { type Actions, type ActionsDeps, concurrentChange, createCheck } from './actions.ts';
import { definitionDestination } from './definition-destination.ts';
import { externalIdOf } from './external-id.ts';
import { firstVersionOf } from './new-action.ts';
import type { CredentialSealer, SecretOwner } from './seal-credential.ts';
import { secretNotOpened } from './secret-not-opened.ts';
import type { ActionAddress, SavedAction } from './stored-action.ts';
import { writtenBack } from './written-back.ts';

interface CopyDeps extends ActionsDeps {
  actions: Pick<Actions, 'get'>;
}

/** Workflow and `external_id` of a copy. */
interface CopyTarget {
  workflowId: string;
  externalId: string | null;
}

/**
 * Copies the published definition of an action to a new action of the same account; the copy is not paused. The secrets
 * are opened and sealed for the copy, so that the customer does not have to send them again (ADR 37).
 * @throws ProblemError 404; 409 if a quota is used up, the external_id is in use or a secret cannot be opened; 422 if
 * the definition no longer passes the checks; 503 if a secret cannot be opened at the moment
 */
export type CopyAction = (address: ActionAddress, target: CopyTarget) => Promise<SavedAction>;

export function createCopyAction(deps: CopyDeps): CopyAction {
  const { store, sealer, actions } = deps;
  const check = createCheck(deps);
  return async (address, { workflowId, externalId: chosen }) => {
    const source = await actions.get(address);
    const { accountId } = address;
    const { externalId, submission } = externalIdOf({ body: { external_id: chosen }, shapeErrors: [] });
    if (submission.shapeErrors.length > 0) throw invalidFields(submission.shapeErrors);
    const version = await firstVersionOf(deps, { accountId, workflowId, externalId });
    const written = writtenBack({ body: actionView(source), shapeErrors: [] }, source);
    const { settings } = await check(address, written, source);
    const actionId = externalId === null ? randomUUID() : actionIdOf(accountId, externalId);
    const updatedAt = Date.now();
    const secrets = await copiedSecrets(sealer, source.definition, { accountId, actionId }, updatedAt);
    const place = { actionId, workflowId, version, paused: false, updatedAt };
    const definition = { ...source.definition, ...settings, ...secrets, ...place };
    const action = { definition, createdAt: updatedAt, externalId };
    const records = actionRecords(definition);
    const origin = { action: 'webhook_action.copy' } as const;
    if (!(await store.insert(action, records, checkActionQuotas, origin))) throw concurrentChange();
    return { action, isNew: true, newSecret: null, secretWarnings: [] };
  };
}

async function copiedSecrets(
  sealer: CredentialSealer,
  source: WebhookDefinition,
  to: SecretOwner,
  now: number,
): Promise<Pick<WebhookDefinition, 'auth' | 'signing'>> {
  const { auth } = source;
  const signing = source.signing && withoutExpired(source.signing, now);
  const transfer = { from: source, to };
  try {
    const sealed = auth.sealed && (await sealer.copy(auth.sealed, transfer, definitionDestination(source)));
    const keys = signing?.sealedSecrets.map((key) => sealer.copySigningKey(key, transfer));
    return {
      auth: { ...auth, sealed },
      signing: signing && { ...signing, sealedSecrets: await Promise.all(keys ?? []) },
    };
  } catch (error) {
    throw error instanceof SealError ? secretNotOpened(error) : error;
  }
}
