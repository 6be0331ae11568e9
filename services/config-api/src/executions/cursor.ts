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
  // Within what a JavaScript Date can hold (ECMA-262, section 21.4.1.1).
  const valid = Number.isInteger(acceptedAt) && Math.abs(acceptedAt as number) <= 8.64e15;
  if (!valid || typeof executionId !== 'string' || executionId.includes('\0')) return null;
  return { acceptedAt: acceptedAt as number, executionId };
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
