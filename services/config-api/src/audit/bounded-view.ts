import { createHash } from 'node:crypto';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';

/** Maximum size of one view in an entry of the audit log, in bytes of JSON. */
const MAX_VIEW_BYTES = 16_384;
/**
 * Maximum sizes, in bytes, of a field that is not cut; tried in this order until the view fits. A field of up to
 * `START_CHARS` bytes is never cut.
 */
const FIELD_BYTES = [1_024, 128, 0];
/** Number of characters of a cut field, or of a cut view, that are kept for people to read. */
const START_CHARS = 64;
/** Maximum number of fields of a view that are kept; views have far fewer. */
const MAX_FIELDS = 200;

/**
 * Writes a view as JSON of at most 16 KiB. In a larger view, each long field becomes `{ cut: true, bytes, sha256, start
 * }`, whose hash still shows whether the field changed. If the view is still too large, it is replaced as a whole in
 * this way. Pure.
 */
export function boundedView(view: Readonly<Record<string, unknown>>): string {
  const whole = stringifyJson(view);
  if (Buffer.byteLength(whole) <= MAX_VIEW_BYTES) return whole;
  for (const maxFieldBytes of FIELD_BYTES) {
    const json = stringifyJson(withFieldsCut(view, maxFieldBytes));
    if (Buffer.byteLength(json) <= MAX_VIEW_BYTES) return json;
  }
  return stringifyJson(cut(whole));
}

function withFieldsCut(
  view: Readonly<Record<string, unknown>>,
  maxFieldBytes: number,
): Record<string, unknown> {
  const fields = Object.entries(view).slice(0, MAX_FIELDS);
  return Object.fromEntries(
    fields.map(([name, value]) => {
      const json = stringifyJson(value ?? null);
      return [name, Buffer.byteLength(json) > Math.max(maxFieldBytes, START_CHARS) ? cut(json) : value];
    }),
  );
}

function cut(json: string): object {
  return {
    cut: true,
    bytes: Buffer.byteLength(json),
    sha256: createHash('sha256').update(json).digest('hex'),
    start: json.slice(0, START_CHARS),
  };
}
