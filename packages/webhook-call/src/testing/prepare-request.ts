import { createSecretFilter } from '@hookline/credentials/secret-filter';
import type { AttemptRequest } from '@hookline/shared/contracts/events';
import type { PreparedRequest } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import { attemptRequest, type ShownRequest } from '../request/attempt-request.ts';
import type { Compilation } from '../request/compile-definition.ts';
import { type FinishInput, finishRequest } from '../request/prepare-request.ts';
import { renderRequest } from '../request/render-request.ts';

/** Renders and finishes a request, as an attempt does. */
export function prepareRequest(
  compilation: Compilation,
  { context, ...input }: FinishInput & { context: unknown },
): PreparedRequest | RefusedRequest {
  const rendered = renderRequest(compilation, context);
  return rendered.kind === 'refused' ? rendered : finishRequest(rendered, input);
}

/** Returns the request as history shows it. */
export function shownRequest(request: PreparedRequest, shown: ShownRequest): AttemptRequest {
  return attemptRequest(request, createSecretFilter(request.secretTexts), shown);
}
