/** Where a page of the history ended: the keyset of its last row. */
export interface HistoryCursor {
  /** Epoch ms. */
  acceptedAt: number;
  executionId: string;
}

/** Opaque to callers, so that it may change. */
export function writeCursor({ acceptedAt, executionId }: HistoryCursor): string {
  return Buffer.from(JSON.stringify([acceptedAt, executionId])).toString('base64url');
}

/** Null if this is no cursor of ours. */
export function readCursor(text: string): HistoryCursor | null {
  const [acceptedAt, executionId] = parseArray(Buffer.from(text, 'base64url').toString());
  if (typeof acceptedAt !== 'number' || typeof executionId !== 'string') return null;
  // A forged one must not reach Postgres with a time that no Date holds (ECMA-262, section 21.4.1.1) or with U+0000.
  const valid = Number.isInteger(acceptedAt) && acceptedAt >= 0 && acceptedAt <= 8.64e15;
  return valid && !executionId.includes('\0') ? { acceptedAt, executionId } : null;
}

function parseArray(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
