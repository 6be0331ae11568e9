/** The head of a response as it was received. */
export interface ReceivedHead {
  status: number;
  /** Names in lower case; values of the same name are joined by a comma and a space. */
  headers: Record<string, string>;
}

const STATUS_LINE = /^HTTP\/1\.[01] ([1-9][0-9]{2})(?: |\r|\n|$)/;
/** RFC 9110, section 5.6.2: a field name is a token. */
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:(.*)$/s;
const LINE_END = /\r?\n/;
const IDENTITY = /\r\ntransfer-encoding:[ \t]*identity[ \t]*(?=\r\n(?![ \t]))/i;
const TRANSFER_ENCODING = /\ntransfer-encoding/i;
const MAX_FIELDS = 100;

/** Returns the status of a head of HTTP/1.0 or 1.1, or null. */
export function statusOf(head: string): number | null {
  const status = STATUS_LINE.exec(head)?.[1];
  return status === undefined ? null : Number(status);
}

/**
 * Removes `Transfer-Encoding: identity`, which HTTP/1.1 once defined and which changes nothing (RFC 2616, section 3.6),
 * but which the HTTP parser refuses. If the head also names another transfer coding, the head is returned unchanged,
 * and the parser refuses it.
 * @param head text in latin1, with the empty line at its end
 */
export function withoutIdentity(head: string): string {
  const rest = head.replace(IDENTITY, '');
  return TRANSFER_ENCODING.test(rest) ? head : rest;
}

/**
 * Reads the head of a failed response for history, without lines that are not fields.
 * @param text received part of the head, in latin1
 * @returns null if not even the status line was received
 */
export function readHead(text: string): ReceivedHead | null {
  const status = statusOf(text);
  if (status === null || !text.includes('\n')) return null;
  const lines = text.split(LINE_END).slice(1, MAX_FIELDS + 1);
  const fields = new Map<string, string>();
  for (const line of unfold(lines)) {
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    if (name === '') continue;
    const key = name.toLowerCase();
    const before = fields.get(key);
    fields.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
  }
  return { status, headers: Object.fromEntries(fields) };
}

/** Joins fields that continue on the next line (RFC 9112, section 5.2). */
function unfold(lines: readonly string[]): string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    if (/^[ \t]/.test(line)) unfolded.push(`${unfolded.pop() ?? ''} ${line.trim()}`);
    else unfolded.push(line);
  }
  return unfolded;
}
