import type { Exchange } from '../attempt/exchange-once.ts';
import { receivedResponse } from '../call/call-result.ts';
import type { Outcome } from '../outcome/classify.ts';
import type { ShownRequest } from '../request/attempt-request.ts';
import type { AnswerToRead } from './read-answer.ts';

interface Reading {
  shown: ShownRequest;
  responseMapping: Readonly<Record<string, string>>;
  /** JSON text from which secrets are also filtered. */
  sampleData?: string;
}

/** Extracts the input of `readAnswer` from an exchange; only a successful response is mapped. */
export function answerToRead(
  { request, result }: Exchange,
  outcome: Outcome,
  { shown, responseMapping, sampleData }: Reading,
): AnswerToRead {
  const isMapped = outcome.status === 'success';
  return {
    request: request && {
      method: request.method,
      origin: request.origin,
      target: request.target,
      headers: request.headers,
      body: request.body,
    },
    response: request && receivedResponse(result),
    secrets: request?.secretTexts ?? [],
    shown,
    responseMapping: isMapped ? responseMapping : null,
    sampleData: sampleData ?? null,
  };
}
