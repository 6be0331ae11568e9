/** Response to a request. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  content: string | Buffer;
}

export function answerJson(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, content: JSON.stringify(body) };
}

export function refused(error: string, status = 400): Answer {
  return answerJson(status, { error });
}

export const nothingHere: Answer = refused('no such path or id', 404);

export function found(thing: unknown): Answer {
  return thing === null ? nothingHere : answerJson(200, thing);
}
