import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Exchange } from '@hookline/webhook-call/attempt/exchange-once';
import { answerToRead } from '@hookline/webhook-call/evaluation/answer-to-read';
import type { EvaluationOwner, Rendering } from '@hookline/webhook-call/evaluation/evaluation';
import type { Evaluations } from '@hookline/webhook-call/evaluation/evaluations';
import type { AnswerRead } from '@hookline/webhook-call/evaluation/read-answer';
import type { RequestContext } from '@hookline/webhook-call/evaluation/request-context';
import type { Outcome } from '@hookline/webhook-call/outcome/classify';

export interface EvaluateDeps {
  evaluations: Pick<Evaluations, 'render' | 'readAnswer'>;
}

/**
 * Renders the templates of a definition. Returns the result without a promise if rendering is cheap. Otherwise a worker
 * renders when it is the account's turn, and the promise rejects with a StoppingError if the process stops first.
 */
export type Render = (
  definition: WebhookDefinition,
  context: RequestContext,
) => Rendering | Promise<Rendering>;

/**
 * Filters secrets from the response of a call, truncates it and applies the mapping; in this thread or in a worker,
 * like `Render`.
 */
export type ReadAnswer = (
  sent: { definition: WebhookDefinition; exchange: Exchange },
  outcome: Outcome,
) => AnswerRead | Promise<AnswerRead>;

export function createRender({ evaluations }: EvaluateDeps): Render {
  return (definition, context) => evaluations.render(ownerOf(definition), definition, context);
}

export function createReadAnswer({ evaluations }: EvaluateDeps): ReadAnswer {
  return ({ definition, exchange }, outcome) => {
    const answer = answerToRead(exchange, outcome, {
      shown: { storeBodies: definition.storeBodies },
      responseMapping: definition.responseMapping,
    });
    return evaluations.readAnswer(ownerOf(definition), definition, answer);
  };
}

function ownerOf({ accountId, actionId, version }: WebhookDefinition): EvaluationOwner {
  return { accountId, key: `${actionId}/${version}` };
}
