/** Whether a part of these UTF-8 bytes neither begins nor ends inside a word. */
export function isWholeToken(bytes: string, start: number, end: number): boolean {
  return !isWithinWord(bytes, start) && !isWithinWord(bytes, end);
}

/** Whether there is a letter or digit on both sides of a position. */
function isWithinWord(bytes: string, at: number): boolean {
  return isWordCharacter(bytes, at - 1) && isWordCharacter(bytes, at);
}

function isWordCharacter(bytes: string, at: number): boolean {
  const code = bytes.charCodeAt(at);
  if (Number.isNaN(code)) return false;
  if (code < 0x80) return /[0-9a-z]/i.test(bytes.charAt(at));
  let from = at;
  while (from > 0 && from > at - 3 && isContinuation(bytes.charCodeAt(from))) from--;
  return /^[\p{L}\p{N}\p{M}]/u.test(Buffer.from(bytes.slice(from, from + 4), 'latin1').toString());
}

function isContinuation(code: number): boolean {
  return code >= 0x80 && code < 0xc0;
}
