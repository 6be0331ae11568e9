import type { Exchange } from '../attempt/exchange-once.ts';
import { answerToRead } from '../evaluation/answer-to-read.ts';
import { type AnswerRead, readExtractedAnswer } from '../evaluation/read-answer.ts';
import { extractValues } from '../mapping/apply-mapping.ts';
import { compileMapping } from '../mapping/compile-mapping.ts';
import type { Outcome } from '../outcome/classify.ts';
import type { ShownRequest } from '../request/attempt-request.ts';

/** Reads the answer of an exchange, whatever its size, without a worker pool. */
export function readExchange(
  exchange: Exchange,
  outcome: Outcome,
  { shown, responseMapping = {} }: { shown: ShownRequest; responseMapping?: Record<string, string> },
): AnswerRead {
  const answer = answerToRead(exchange, outcome, { shown, responseMapping });
  const mapping = compileMapping(answer.responseMapping ?? {}, []);
  return readExtractedAnswer(answer, answer.response ? extractValues(mapping, answer.response) : []);
}
