import { COMPLETED_BODY_BYTES } from '../outcome/stored-response.ts';
import { STORED_BODY_BYTES } from '../stored-body/cut-text.ts';
import type { AnswerToRead } from './read-answer.ts';

/** Returns the total size of the texts of an answer that are searched for secrets, without the mapped values. */
export function filteredBytes({ request, response, shown, sampleData }: AnswerToRead): number {
  return requestBytes(request, shown) + responseBytes(response) + (sampleData?.length ?? 0);
}

function requestBytes(request: AnswerToRead['request'], shown: AnswerToRead['shown']): number {
  if (!request) return 0;
  const { origin, target, headers, body } = request;
  const shownBytes = Math.min(body?.length ?? 0, shown.requestBodyBytes ?? STORED_BODY_BYTES);
  const headerBytes = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return origin.length + target.length + headerBytes + shownBytes;
}

/** Counts a short body once, and a long body twice: history and the completed event keep different lengths of it. */
function responseBytes(response: AnswerToRead['response']): number {
  if (!response) return 0;
  const { headers, body } = response;
  const headerBytes = Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  const isShort = body.length <= STORED_BODY_BYTES;
  return (
    headerBytes + (isShort ? body.length : STORED_BODY_BYTES + Math.min(body.length, COMPLETED_BODY_BYTES))
  );
}
