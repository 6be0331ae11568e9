import type { FastifyRequest } from 'fastify';
import { accountIdOf, type Access } from '../http/caller.ts';
import { schemaFieldErrors } from '../http/field-errors.ts';
import type { Submission } from '../http/submission.ts';
import { actionIdOf, isActionId } from './action-id.ts';
import type { NamedAction } from './actions.ts';
import type { ActionAddress } from './stored-action.ts';

export const ACTION_PATH = '/workflows/:workflow_id/actions/:action_id/webhook';
export const ACTION_TAGS = ['Webhook actions'];
export const MAY_READ: Access = { by: 'account', scope: 'read' };
export const MAY_WRITE: Access = { by: 'account', scope: 'write' };

type ActionRequest = FastifyRequest & { params: { workflow_id: string; action_id: string } };

/** Returns the action that the path of a request identifies by its id or its external_id. */
export function namedAction(request: ActionRequest): NamedAction {
  const { workflow_id: workflowId, action_id: name } = request.params;
  const accountId = accountIdOf(request);
  const address = { accountId, workflowId, actionId: actionIdOf(accountId, name) };
  return { address, externalId: isActionId(name) ? null : name };
}

export function addressOf(request: ActionRequest): ActionAddress {
  return namedAction(request).address;
}

/** Returns a function that validates a body after a merge patch in the same way as the body of a PUT. */
export function submissionsOf(request: FastifyRequest, schema: object): (body: unknown) => Submission {
  const isValid = request.compileValidationSchema(schema, 'body');
  return (body) => ({ body, shapeErrors: isValid(body) ? [] : schemaFieldErrors(isValid.errors ?? []) });
}
